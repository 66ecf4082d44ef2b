from datetime import UTC, datetime

from plugin.core.messages import Message

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def a_message(
    *,
    to: str = "ann@customer.example",
    to_name: str | None = None,
    sender: str = "Café Nord <post@nord.example>",
    reply_to: str | None = None,
    subject: str = "Your checkout is still open",
    html: str = "<p>Your checkout is still open.</p>",
    text: str = "Your checkout is still open.\n",
    locale: str = "en",
    message_id: str = "<0123abcd@nord.example>",
    unsubscribe_url: str | None = "https://app.example/u/token",
    feedback_id: str | None = "abandoned_checkout:nord:flow:regulars",
) -> Message:
    return Message(
        effect_key="1:abandoned_checkout:1:7:reminder_1",
        channel="email",
        to=to,
        to_name=to_name,
        sender=sender,
        reply_to=reply_to,
        subject=subject,
        html=html,
        text=text,
        locale=locale,
        message_id=message_id,
        unsubscribe_url=unsubscribe_url,
        feedback_id=feedback_id,
    )
