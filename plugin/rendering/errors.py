"""Why a message could not be written. Each names what to mend; none carries personal data."""


class RenderError(ValueError):
    """This message cannot be written. The reason says whether the shop, the template or the facts are at fault."""

    reason = "cannot_render"


class IncompleteSenderError(RenderError):
    """The shop has no name or no postal address. The law asks for both in marketing mail: set them first."""

    reason = "sender_incomplete"


class UnsafeLinkError(RenderError):
    """A link is not a plain https address. Only web links of the shop and of this app go into a message."""

    reason = "unsafe_link"


class IncompleteContextError(RenderError):
    """The template speaks of something that the context does not hold. Build the context this flow needs."""

    reason = "context_incomplete"


class UnknownTemplateError(RenderError):
    """There is no such template. Add `templates/email/<flow>/<step>/` with its three files."""

    reason = "template_unknown"


class OversizedMessageError(RenderError):
    """The message is larger than mail programs show. Shorten the template or show fewer lines."""

    reason = "message_too_large"
