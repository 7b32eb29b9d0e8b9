"""Inspections: `oversight` says who is due, `plans` and `record` are the visits, `findings` what failed at them.

`phone_data`, `waiting_photos` and `openrosa` serve the phones in the field, `checklists` what is asked there.
"""
