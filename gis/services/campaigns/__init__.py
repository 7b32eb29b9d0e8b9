"""Campaigns: `plan` says what one sets out to do, `manage` starts and accepts it, `view` shows how far it has come."""
