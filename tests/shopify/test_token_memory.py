import pytest

from plugin.shopify.token_memory import MemoryTokenStore
from tests.shopify.token_store_contract import TokenStoreContract


class TestMemoryTokenStore(TokenStoreContract):
    @pytest.fixture
    def tokens(self) -> MemoryTokenStore:
        return MemoryTokenStore()
