"""The pages of the demo: the admin around the app, the mailbox, and a corner of the storefront."""
