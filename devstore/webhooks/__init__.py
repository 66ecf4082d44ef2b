"""Signed webhooks: the bodies, the deliveries and the retries."""
