"""Knows that images count against their client's quota, unless they are refused for want of room.

Does not know whose quota it is, or whether there is one: `service.middleware.access` puts it in the request's state.
"""

from contextlib import AbstractContextManager, nullcontext

from fastapi import Request

from digitgan.contract.errors import NotAvailableNow
from service.access.quota import IMAGES, Quota


def counted(request: Request, n_images: int) -> AbstractContextManager[None]:
    """Return a context in which n_images are asked of the engine.

    Raises:
        QuotaExceeded: the client may not have as many now.
    """
    quota: Quota | None = request.scope["state"].get("quota")
    return quota.reserve(IMAGES, n_images, unless=NotAvailableNow) if quota is not None else nullcontext()
