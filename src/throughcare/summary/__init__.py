"""What people read: visible entries become an emergency summary, a banner, a timeline. Pure."""
