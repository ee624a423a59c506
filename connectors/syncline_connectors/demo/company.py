"""The demo company: who works there, what they work on. Everything is made up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    name: str
    time_zone: str
    active: bool = True
    email_visible: bool = True

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@example.com"


PEOPLE = (
    Person("Ada Sample", "Europe/Berlin"),
    Person("Ben Placeholder", "America/New_York"),
    Person("Cleo Example", "Etc/UTC"),
    Person("Dora Fictional", "Europe/London"),
    Person("Emil Pretend", "Europe/Berlin", email_visible=False),
    Person("Fay Imaginary", "Asia/Tokyo"),
    Person("Gus Mockup", "Australia/Sydney"),
    Person("Hana Invented", "Etc/UTC", active=False),
)
ADA, BEN, CLEO, DORA, EMIL, FAY, GUS, HANA = range(len(PEOPLE))

PROJECTS = {"WEB": "Web shop", "APP": "Mobile app", "OPS": "Platform"}


@dataclass(frozen=True)
class Theme:
    """An epic and what it is made of. ``done`` of the stories are finished; days count back from today.

    ``begun`` is when work on the first story began, ``pace`` the days between stories of a finished epic; those of an
    unfinished one are spread so that the last of the finished ended lately. ``due`` lists the due day each time it was
    set, as (days ago when it was set, days from today it fell on).
    """

    project: str
    title: str
    stories: tuple[str, ...]
    team: tuple[int, ...]
    begun: int
    pace: int
    done: int
    due: tuple[tuple[int, int], ...] = ()
    finished: bool = False


THEMES = (
    Theme(
        "WEB",
        "Guest accounts",
        (
            "Let guests pay without a password",
            "Ask guests for an account after the order",
            "Merge a guest's orders into a new account",
            "Show guests the state of their order",
            "Remember a guest's address for a day",
            "Delete guests' data after a year",
            "Count orders of guests",
            "Explain guest orders in the help pages",
            "Stop sending newsletters to guests",
            "Let support find a guest's order",
        ),
        (ADA, BEN),
        begun=84,
        pace=3,
        done=10,
        due=((85, -40),),
        finished=True,
    ),
    Theme(
        "WEB",
        "Checkout on one page",
        (
            "Draw the new page",
            "Keep the basket while the page changes",
            "Show the delivery price before payment",
            "Check the address while it is typed",
            "Offer the last payment method first",
            "Move vouchers to the end",
            "Measure where buyers give up",
            "Try the page with ten shops",
            "Keep the old page for old browsers",
            "Translate the new page",
            "Make the page usable by keyboard",
            "Let buyers split an order",
            "Remember the delivery note",
            "Remove the old page",
        ),
        (ADA, BEN, CLEO),
        begun=60,
        pace=4,
        done=8,
        due=((62, -12), (30, 9), (6, 28)),
    ),
    Theme(
        "WEB",
        "Search that forgives typing errors",
        (
            "Collect searches without results",
            "Suggest a spelling",
            "Understand plurals",
            "Rank what is in stock first",
            "Search by part number",
            "Show results while typing",
            "Explain an empty result",
            "Tell synonyms from mistakes",
        ),
        (CLEO, DORA),
        begun=40,
        pace=4,
        done=5,
        due=((41, 25),),
    ),
    Theme(
        "APP",
        "Push messages",
        (
            "Ask for permission at the right moment",
            "Tell buyers when a parcel leaves",
            "Let users choose topics",
            "Send nothing at night",
            "Open the right screen from a message",
            "Count messages that are opened",
            "Send a test message from the back office",
            "Store tokens of devices",
        ),
        (EMIL, FAY),
        begun=80,
        pace=4,
        done=8,
        due=((81, -30),),
        finished=True,
    ),
    Theme(
        "APP",
        "Offline mode",
        (
            "Keep the catalogue on the device",
            "Show what is out of date",
            "Queue orders until there is a network",
            "Warn before using mobile data",
            "Resolve two edits of one basket",
            "Limit the space that is used",
            "Encrypt what is stored",
            "Test on slow devices",
            "Sync pictures last",
            "Let users clear the store",
            "Report failed uploads",
            "Describe offline mode in the help",
        ),
        (EMIL, FAY, GUS),
        begun=45,
        pace=3,
        done=5,
        due=((46, -9), (8, 5)),
    ),
    Theme(
        "OPS",
        "Backups that are known to restore",
        (
            "Restore last night's backup every morning",
            "Alert when a restore fails",
            "Keep backups in a second place",
            "Write down who may restore",
            "Measure how long a restore takes",
            "Delete backups after ninety days",
            "Encrypt the second copy",
            "Rehearse the loss of a site",
        ),
        (GUS, DORA),
        begun=50,
        pace=5,
        done=5,
        due=((52, -3),),
    ),
)

BUGS = (
    "Voucher is taken twice",
    "Basket is empty after signing in",
    "Price without tax in the summary",
    "Button hidden on small screens",
    "Address field forgets the postcode",
    "Page hangs when the network drops",
    "Wrong currency for guests",
    "Order mail is sent twice",
    "Back button leaves the shop",
    "Delivery note is cut off",
    "Total is wrong for three items",
    "Picture missing in the basket",
    "Card number refused with spaces",
    "Receipt shows yesterday's date",
)
"""The wave of bugs after version 2.4 of the web shop."""

CHORES = (
    ("WEB", "Update the build tools"),
    ("WEB", "Remove unused styles"),
    ("WEB", "Renew the certificate"),
    ("WEB", "Archive old landing pages"),
    ("WEB", "Review cookie texts"),
    ("WEB", "Write the release notes"),
    ("APP", "Raise the oldest supported version"),
    ("APP", "Crash when the camera is refused"),
    ("APP", "Shorten the start time"),
    ("APP", "Clean up translations"),
    ("APP", "Replace the icon set"),
    ("APP", "Measure battery use"),
    ("APP", "Answer the store review"),
    ("OPS", "Rotate the signing keys"),
    ("OPS", "Upgrade the database"),
    ("OPS", "Move logs to cheaper storage"),
    ("OPS", "Close unused ports"),
    ("OPS", "Disk of the build machine is full"),
    ("OPS", "Document the on-call rota"),
    ("OPS", "Delete test accounts"),
    ("OPS", "Add a second name server"),
    ("OPS", "Check the invoices of the host"),
    ("OPS", "Alerts wake the wrong person"),
    ("OPS", "Load test before the sale"),
    ("WEB", "Prepare the winter sale"),
    ("APP", "Prepare the winter sale"),
    ("OPS", "Prepare the winter sale"),
    ("WEB", "Tidy the style guide"),
    ("APP", "Tidy the style guide"),
    ("WEB", "Look into slow pages"),
    ("APP", "Look into slow screens"),
    ("OPS", "Look into slow queries"),
)
