"""What happens to a callback: verify, decode, hand over. Nothing of it loads before the first receiver is made."""
