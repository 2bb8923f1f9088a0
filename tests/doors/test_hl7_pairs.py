"""HL7 v2 messages of one source through the door: who is one person, and who is two again."""

from pathlib import Path

from doors.node_parts import load, names, node_in, person_of
from throughcare import intake
from throughcare.app.node import Node
from throughcare.model.submission import Submission

MSH = "MSH|^~\\&|PAS|RXX|TIE|L|202601{0:02}1924||ADT^{1}|M{0}|P|2.4\rEVN|{1}|202601{0:02}1924\r"
JO = "PID|1||RX1^^^RXX^PI||Wright^Jo||19250324|2\r"
KIM = "PID|2||RX2^^^RXX^PI||Marsh^Kim||19611231|1\r"
VISIT = "PV1|1|I|W1^^^RXX||||||||||||||||V1\r"
PAIRS = {"A24": KIM, "A37": KIM, "A40": "MRG|RX2^^^RXX^PI\r"}
EVENTS = ("A05", "A28", "A01", "A08", "A31", "A04", "A03", "A24", "A37", "A40")


async def patients(node: Node, day: int, event: str) -> list[str]:
    """Hand over the message of a day about Jo, or about both; return whose Patients it wrote."""
    text = MSH.format(day, event) + JO + PAIRS.get(event, VISIT)
    units = [each for each in intake.read("f.hl7", text.encode()) if isinstance(each, Submission)]
    (outcome,) = await load(node, *units)
    return [name for name in names(outcome) if name.startswith("Patient/")]


async def test_a_message_of_every_event_that_is_read_is_stored(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        for day, event in enumerate(EVENTS, 1):
            assert len(await patients(node, day, event)) == (2 if event in PAIRS else 1), event


async def test_whom_a_source_makes_one_person_it_makes_two_again(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        told = (("A24", 1), ("A37", 2), ("A40", 1), ("A37", 2), ("A40", 1))
        for day, (event, persons) in enumerate(told, 1):
            both = await patients(node, day, event)
            assert len({await person_of(node, name) for name in both}) == persons, (day, event)
