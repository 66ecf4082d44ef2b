"""A simulated Shopify store over HTTP, for the demo and the tests. It knows nothing of the app it serves."""

from devstore.app import Devstore, create_devstore
from devstore.config import DemoControls, DevstoreConfig, MailboxEntry

__all__ = ["DemoControls", "Devstore", "DevstoreConfig", "MailboxEntry", "create_devstore"]
