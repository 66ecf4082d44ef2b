from datetime import UTC, datetime

from plugin.rendering.context import (
    CheckoutContext,
    CheckoutLine,
    CustomerContext,
    MessageContext,
    Reason,
    RewardContext,
    ShopContext,
    WinBackContext,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def a_shop(*, name: str = "Café Nord", url: str = "https://nord.example/", address: str = "") -> ShopContext:
    return ShopContext(
        name=name,
        url=url,
        address=address or "Café Nord AS\n1 Main Street\n0150 Oslo",
        currency="EUR",
        timezone="Europe/Oslo",
    )


def a_checkout(*titles: str, url: str = "https://nord.example/checkouts/c1?key=a&step=2") -> CheckoutContext:
    lines = tuple(
        CheckoutLine(title=title, quantity=place, price_minor=1250 * place)
        for place, title in enumerate(titles or ("Blue mug", "قهوة عربية"), start=1)
    )
    return CheckoutContext(
        url=url, lines=lines, total_minor=sum(line.price_minor or 0 for line in lines), currency="EUR"
    )


def a_context(
    *,
    first_name: str | None = "Ann",
    shop: ShopContext | None = None,
    reason: Reason = Reason.STARTED_CHECKOUT,
    checkout: CheckoutContext | None = None,
    reward: RewardContext | None = None,
    unsubscribe_url: str = "https://app.example/u/AbC123",
) -> MessageContext:
    """Facts for any flow: a template takes what it speaks of."""
    return MessageContext(
        shop=shop or a_shop(),
        customer=CustomerContext(first_name=first_name),
        unsubscribe_url=unsubscribe_url,
        reason=reason,
        now=NOW,
        checkout=checkout or a_checkout(),
        reward=reward or a_reward(percent=15),
        win_back=WinBackContext(
            last_order_at=datetime(2026, 3, 20, 22, tzinfo=UTC), url="https://nord.example/"
        ),
    )


def a_reward(
    *,
    percent: int | None = None,
    value_minor: int | None = None,
    expires_at: datetime | None = datetime(2026, 12, 22, tzinfo=UTC),
    points_spent: int = 500,
    points_left: int = 2,
) -> RewardContext:
    return RewardContext(
        code="REG-AB2C-DE3F-GH4J",
        currency="EUR",
        points_spent=points_spent,
        points_left=points_left,
        percent=percent,
        value_minor=value_minor,
        expires_at=expires_at,
    )
