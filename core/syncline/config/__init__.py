"""The configuration: models for every section of ``syncline.toml``, and how the file is found and read.

`load` gives a `Config`. A connection stands in it as an instance of its connector's own ``Config`` model, a
subclass of `ConnectionConfig`; secret keys have the type `Secret` and hold references. Before a connector is
built, the engine calls `prepare`, which fetches the secrets: in the copy it returns
``config.token.get_secret_value()`` works, and this copy goes both to ``Source.auth`` and to the constructor.
`values_of` names what must never be written or printed.

::

    config = load(find_config(None, os.environ))
    ready = prepare(config.connections["eng"], config, os.environ)
    connector = registry.get(ready.connector)
    auth = connector.auth(ready)

A connector declares its keys like this; the text below a key becomes its documentation::

    class Config(ConnectionConfig):
        url: Url
        '''Address of the site.'''
        token: Secret = Field(examples=["env:JIRA_TOKEN"])
        '''API token.'''
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.config.connection import ConnectionConfig, ContainerConfig, FieldCopy, StatusReading
from syncline.config.document import Config
from syncline.config.hub import Hub
from syncline.config.loading import find_config, load, prepare, secrets_of
from syncline.config.problems import InvalidConfig, Problem
from syncline.config.values import Duration, Flag, Url, Word, Words
from syncline.secrets import Secret, values_of

if TYPE_CHECKING:
    from syncline.config.company import FieldConfig

__all__ = [
    "Config",
    "ConnectionConfig",
    "ContainerConfig",
    "Duration",
    "FieldConfig",
    "FieldCopy",
    "Flag",
    "Hub",
    "InvalidConfig",
    "Problem",
    "Secret",
    "StatusReading",
    "Url",
    "Word",
    "Words",
    "find_config",
    "load",
    "prepare",
    "secrets_of",
    "values_of",
]


def __getattr__(name: str) -> object:
    """`FieldConfig` on first use: few files have fields of their own."""
    if name != "FieldConfig":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from syncline.config import company

    return company.FieldConfig
