"""The Admin GraphQL API of the devstore, on Shopify's real 2026-10 schema."""
