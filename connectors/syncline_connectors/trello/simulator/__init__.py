"""Trello in memory, written from the vendor's documents and recorded answers, never from our client."""

from syncline_connectors.trello.simulator.access import Token
from syncline_connectors.trello.simulator.quirks import CALM, UNLISTED, Quirks
from syncline_connectors.trello.simulator.service import KEY, TrelloSimulator
from syncline_connectors.trello.simulator.webhooks import delivery

__all__ = ["CALM", "KEY", "UNLISTED", "Quirks", "Token", "TrelloSimulator", "delivery"]
