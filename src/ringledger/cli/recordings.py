"""The commands on recordings: attach, link to, keep and delete them; how each is done is the ledger's."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ringledger.cli.command import answer, command, group, moment
from ringledger.cli.opening import open_registry
from ringledger.cli.settings import Settings
from ringledger.cli.work import perform

recordings = group("Attach recordings to calls, link to them, and say how long they are kept.")

AccountOption = Annotated[str, typer.Option("--account", metavar="NAME", help="The account.")]
SessionOption = Annotated[int, typer.Option("--session", metavar="ID", help="The call session's id.")]
VoiceMailOption = Annotated[bool, typer.Option("--voice-mail", help="It is a voice mail, not a talk.")]


@command(recordings, "attach")
def attach(
    settings: Settings,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A WAV or MP3 file.")],
    account: AccountOption,
    session: SessionOption,
    voice_mail: VoiceMailOption = False,  # noqa: FBT002 - a flag
) -> None:
    """Takes a sound file as the recording of a call, and prints the ids by which it plays, {"mp3", "wav", "seconds"}.

    The same file again changes nothing.

    \b
    ringledger recordings attach talk.wav --account acme --session 3764184837498878
    """
    file.open("rb").close()
    arguments = {"account": account, "session": session, "file": str(file.absolute()), "voice_mail": voice_mail}
    answer(perform(settings, "Taking the recording", "attach_recording", arguments))


@command(recordings, "link")
def link(
    settings: Settings,
    account: AccountOption,
    session: SessionOption,
    record: Annotated[str, typer.Option("--record", metavar="ID", help="The recording's id in the report.")],
    voice_mail: VoiceMailOption = False,  # noqa: FBT002 - a flag
    days: Annotated[int, typer.Option(metavar="N", min=1, max=3650, help="Days that the link works.")] = 7,
) -> None:
    """Prints {"url": ...}: an address that plays a recording without a token, for a while, where the whitelist admits.

    While a server runs on the folder, the address is that server's.

    \b
    ringledger recordings link --account acme --session 3764184837498878 --record 9f86d0...
    """
    arguments = {"account": account, "session": session, "record": record, "voice_mail": voice_mail, "days": days}
    answer(perform(settings, "Signing", "link_recording", arguments))


@command(recordings, "retain")
def retain(
    settings: Settings,
    account: AccountOption,
    days: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, max=36_500, help="Days; 0 for ever. Without: as the server's setting."),
    ] = None,
) -> None:
    """Says how long an account's recordings are kept. The server deletes older ones every hour.

    \b
    ringledger recordings retain --account acme --days 180
    """
    with open_registry(settings) as registry:
        registry.recording_rules.set(account, days)
        answer({"account": account, "days": days})


@command(recordings, "delete")
def delete(
    settings: Settings,
    account: AccountOption,
    begin: Annotated[
        datetime | None,
        typer.Option("--from", metavar="MOMENT", parser=moment, help="Of calls that started then or later."),
    ] = None,
    till: Annotated[
        datetime | None,
        typer.Option("--till", metavar="MOMENT", parser=moment, help="Likewise; this second included."),
    ] = None,
) -> None:
    """Deletes an account's recordings for good, all or those of a period, and prints {"sessions": how many had any}.

    The calls stay. Moments are in the account's time zone.

    \b
    ringledger recordings delete --account acme --till "2025-12-31 23:59:59"
    """
    arguments = {"account": account, "begin": str(begin) if begin else None, "till": str(till) if till else None}
    answer(perform(settings, "Deleting recordings", "delete_recordings", arguments))
