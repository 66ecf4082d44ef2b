"""Shopify's segment query language: read into a tree, and written from one."""

from plugin.core.segments.from_shopify import from_shopify
from plugin.core.segments.shopify_words import NotExpressibleError
from plugin.core.segments.to_shopify import to_shopify

__all__ = ["NotExpressibleError", "from_shopify", "to_shopify"]
