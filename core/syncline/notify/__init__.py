"""Who hears what, when: reports that are due, alerts, what needs a person, failures; over mail and chat.

What is to be sent is written down first (`syncline.store.outbox`), then sent: a channel that fails is tried again by
the next run, and nothing is sent twice but where a run dies between sending and writing that down.
"""
