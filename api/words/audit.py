"""What the deeds in the audit are called; one without a name is shown as it is written."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gis.texts import N_

DEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account.password": N_("changed the own password"),
        "account.totp-off": N_("took the own one-time codes off"),
        "account.totp-on": N_("set up one-time codes"),
        "accounts.add": N_("added an account"),
        "accounts.disable": N_("disabled an account"),
        "accounts.enable": N_("enabled an account"),
        "accounts.link": N_("linked an account to the provider"),
        "accounts.tie": N_("tied an account to an officer"),
        "accounts.password": N_("set the password of an account"),
        "accounts.reset": N_("gave an account a one-time password"),
        "accounts.totp-off": N_("took the one-time codes off an account"),
        "areas.grid": N_("divided a village into grids"),
        "areas.merge": N_("merged areas"),
        "areas.recode": N_("gave an area another code"),
        "areas.redraw": N_("redrew an area"),
        "areas.split": N_("split an area"),
        "campaigns.accept": N_("accepted a campaign"),
        "campaigns.create": N_("planned a campaign"),
        "cases.appeal-decided": N_("recorded what became of an appeal"),
        "cases.appealed": N_("recorded an appeal"),
        "cases.closed": N_("closed a case"),
        "cases.decided": N_("decided a case"),
        "cases.dropped": N_("dropped a case"),
        "cases.link": N_("gave out a link for a reply"),
        "cases.noticed": N_("issued the notice of a case"),
        "cases.open": N_("opened a case"),
        "cases.replied": N_("recorded the reply of a facility"),
        "cases.reply": N_("replied to a case"),
        "cases.reviewed": N_("reviewed a case"),
        "cases.served": N_("recorded the service of a decision"),
        "contacts.read": N_("saw work phones"),
        "corrections.accept": N_("accepted a correction"),
        "corrections.propose": N_("proposed a correction"),
        "corrections.refuse": N_("refused a correction"),
        "findings.closed": N_("closed a finding"),
        "findings.escalated": N_("passed a finding up"),
        "findings.rectified": N_("noted that a finding was put right"),
        "imports.preview": N_("previewed an import"),
        "inspections.correct": N_("corrected an inspection"),
        "inspections.give-up": N_("gave up a planned visit"),
        "inspections.plan": N_("planned a visit"),
        "inspections.record": N_("recorded an inspection"),
        "outreach.record": N_("recorded an outreach session"),
        "session.close": N_("signed out"),
        "session.close-all": N_("signed out everywhere"),
        "session.open": N_("signed in"),
        "session.prove": N_("gave the password from ODK Collect"),
        "sweeps.closed": N_("closed a sweep"),
        "sweeps.publish": N_("published a sweep"),
        "sweeps.revise": N_("planned a sweep anew"),
        "sweeps.withdrawn": N_("withdrew a sweep"),
        "token.make": N_("made an API token"),
        "token.revoke": N_("revoked an API token"),
    }
)
FAMILIES: Final[Mapping[str, str]] = MappingProxyType({"export": N_("exported"), "import": N_("imported")})
"""Deeds whose second half says what: the name of a table or a report."""
