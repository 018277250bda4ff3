"""The table [mailbox.oauth], or [courier.oauth]: who vouches for an account that signs in without its password."""

from __future__ import annotations

from pydantic import model_validator

from triage.config.fields import Authority, ClientId, Scopes, Tenant, Url
from triage.config.table import Table, refuse


class OAuthConfig(Table):
    """The authority, and this program's id there. Its secret, where there is one, is kept by `triage login`."""

    authority: Authority
    client_id: ClientId
    tenant: Tenant = ""
    authorize_url: Url = ""
    token_url: Url = ""
    device_url: Url = ""
    revoke_url: Url = ""
    scopes: Scopes = ()

    @model_validator(mode="after")
    def _described_where_unknown(self) -> OAuthConfig:
        described = [key for key in _OF_OTHERS if getattr(self, key)]
        if self.authority != "other" and described:
            raise refuse('this is for authority = "other"; those of the others are known here', described[0])
        if self.authority == "other" and not self.token_url:
            raise refuse(
                'authority = "other" takes its addresses: write token_url, and authorize_url or device_url', "token_url"
            )
        if self.authority == "other" and not (self.authorize_url or self.device_url):
            raise refuse('authority = "other" takes a way to sign in: write authorize_url or device_url', "device_url")
        if self.tenant and self.authority != "microsoft":
            raise refuse('this is for authority = "microsoft"', "tenant")
        return self


_OF_OTHERS = ("authorize_url", "token_url", "device_url", "revoke_url", "scopes")
