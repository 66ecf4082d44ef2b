"""The embedded admin: pages a merchant sees inside Shopify, server-rendered as Polaris `s-*` markup."""
