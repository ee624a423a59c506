"""A Jira site in memory, written from the vendor's documents and recorded answers, never from our client."""

from syncline_connectors.jira.simulator.call import CALM, Quirks
from syncline_connectors.jira.simulator.entities import CustomField
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.rules import (
    Action,
    Permission,
    Reverter,
    Screen,
    Transition,
    Workflow,
)
from syncline_connectors.jira.simulator.server import Server, Throttle
from syncline_connectors.jira.simulator.service import CLOUD_ID, JiraSimulator
from syncline_connectors.jira.simulator.work import adf

__all__ = [
    "CALM",
    "CLOUD_ID",
    "Action",
    "CustomField",
    "Face",
    "JiraSimulator",
    "Permission",
    "Quirks",
    "Reverter",
    "Screen",
    "Server",
    "Throttle",
    "Transition",
    "Workflow",
    "adf",
]
