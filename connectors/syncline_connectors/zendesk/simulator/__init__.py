"""A Zendesk account in memory, written from the vendor's documents and recorded answers, never from our client."""

from syncline_connectors.zendesk.simulator.call import CALM, Quirks
from syncline_connectors.zendesk.simulator.desk import ACCOUNT_ID
from syncline_connectors.zendesk.simulator.entities import Mail, Role
from syncline_connectors.zendesk.simulator.ledger import Ledger, Write
from syncline_connectors.zendesk.simulator.limits import Plan
from syncline_connectors.zendesk.simulator.service import ZendeskSimulator

__all__ = ["ACCOUNT_ID", "CALM", "Ledger", "Mail", "Plan", "Quirks", "Role", "Write", "ZendeskSimulator"]
