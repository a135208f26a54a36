"""Every channel this installation has. A new kind is one folder or file in `channels/`, and a line here."""

from arrears.contact.channels import Way, email, sms


def ways() -> dict[str, Way]:
    """How to open each channel, by kind."""
    return {"email": email.way(), "sms": sms.way()}
