"""The people that the demo's table names, each with something to see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from throughcare.demo.health import (
    DEMENTIA,
    DEPRESSION,
    DIABETES,
    RESPECT,
    Alert,
    Allergy,
    Condition,
    Contact,
    Health,
    Medicine,
    Plan,
    Reading,
    days_before,
)


@dataclass(frozen=True, slots=True)
class Cast:
    """A part of the demo before it has numbers and a home."""

    key: str
    given: tuple[str, ...]
    family: str
    is_woman: bool
    born: date
    story: str
    """What is special about the record, in a sentence."""
    role: str
    """Role to look with, one of those that ``throughcare token`` takes."""
    purpose: str
    """HL7 purpose of use to look with."""
    lives_with: str = ""
    """Key of somebody in the same home."""
    feeds: frozenset[str] = frozenset()
    """Sources beside the GP that know the person: ``hospital``, ``social``, ``ambulance``,
    ``carehome``, ``letters``."""


def _cast(key: str, name: str, born: str, who: str, story: str, **more: str) -> Cast:
    """Return a part; `who` is ``woman`` or ``man`` and, after a comma, role and purpose."""
    *given, family = name.split()
    sex, role, purpose = who.split(",")
    feeds = frozenset(more.get("feeds", "").split())
    return Cast(
        key,
        tuple(given),
        family,
        sex == "woman",
        date.fromisoformat(born),
        story,
        role,
        purpose,
        more.get("lives_with", ""),
        feeds,
    )


CAST = (
    _cast(
        "edith",
        "Edith May Thwaite",
        "1938-03-14",
        "woman,paramedic,ETREAT",
        "Mild dementia and diabetes from the GP, falls from ambulance and care home, a ReSPECT "
        "plan and a penicillin allergy: all on the first screen of the emergency summary.",
        feeds="hospital social ambulance carehome letters",
    ),
    _cast(
        "george",
        "George Pickering",
        "1951-09-02",
        "man,paramedic,ETREAT",
        "Has said no to all sharing: nothing clinical is shown; break-glass with a reason shows "
        "it, alerts the privacy officer and tells him.",
        feeds="hospital letters",
    ),
    _cast(
        "priya",
        "Priya Nair",
        "1984-05-21",
        "woman,nurse,TREAT",
        "Has said no to sharing mental health: her asthma is shown, her depression is not.",
        feeds="hospital",
    ),
    _cast(
        "callum",
        "Callum Reid",
        "1996-12-08",
        "man,nurse,TREAT",
        "One condition is restricted by the GP; the hospital's copy and its letter, which carry "
        "no label, stay hidden with it.",
        feeds="hospital letters",
    ),
    _cast(
        "ayesha",
        "Ayesha Malik",
        "2019-06-02",
        "woman,gp,TREAT",
        "A twin with a peanut allergy, who is never taken for her sister.",
        feeds="hospital",
    ),
    _cast(
        "zainab",
        "Zainab Malik",
        "2019-06-02",
        "woman,gp,TREAT",
        "Ayesha's twin, no allergy recorded: same home, birthday and family name, another person.",
        lives_with="ayesha",
        feeds="hospital",
    ),
    _cast(
        "tom",
        "Tom Hartley",
        "1999-04-30",
        "man,paramedic,ETREAT",
        "Nothing is recorded: the summary says so, and never that there is nothing to know.",
    ),
    _cast(
        "joan",
        "Joan Ellis",
        "1946-11-02",
        "woman,it-lead,HOPERAT",
        "An ambulance record from another town may be hers: it waits under Matching.",
        feeds="hospital ambulance",
    ),
    _cast(
        "winifred",
        "Winifred Bainbridge",
        "1944-07-19",
        "woman,paramedic,ETREAT",
        "Takes insulin and warfarin; the key safe, the dog and whom to call are on the summary.",
        feeds="hospital social ambulance",
    ),
    _cast(
        "harold",
        "Harold Bainbridge",
        "1941-01-27",
        "man,social-worker,CAREMGT",
        "Winifred's husband and carer: his needs and risks, no test results for this reader.",
        lives_with="winifred",
        feeds="social",
    ),
    _cast(
        "arthur",
        "Arthur Dixon",
        "1935-10-11",
        "man,care-assistant,CAREMGT",
        "Two emergency plans that disagree: both are shown, newest first, with who signed them.",
        feeds="hospital carehome",
    ),
    _cast(
        "nasreen",
        "Nasreen Rahman",
        "1958-02-17",
        "woman,gp,TREAT",
        "Needs a Bengali interpreter and lip-reads; the hospital merged her two numbers (A40).",
        feeds="hospital letters",
    ),
)


def _edith(today: date) -> Health:
    plan = Plan(
        title="ReSPECT: emergency care and treatment",
        code=RESPECT,
        wording="Comfort and dignity come first. Hospital only for what can be quickly put right, "
        "such as a fracture. CPR attempts not recommended; discussed with Edith and her daughter.",
        signatory="Dr Amina Sadiq, GP",
        signed=days_before(today, 160),
        review=days_before(today, -205),
    )
    return Health(
        conditions=(
            Condition(DEMENTIA, "Mild dementia", days_before(today, 900)),
            Condition(DIABETES, "Type 2 diabetes", days_before(today, 5200)),
            Condition("38341003", "High blood pressure", days_before(today, 6100)),
        ),
        allergies=(Allergy("91936005", "Allergy to penicillin", "anaphylaxis", is_severe=True),),
        medicines=(
            Medicine("Metformin 500 mg tablets", "one twice a day with food"),
            Medicine("Donepezil 5 mg tablets", "one at night"),
            Medicine("Amlodipine 5 mg tablets", "one each morning"),
        ),
        plans=(plan,),
        alerts=(
            Alert("clinical", "Hearing aid in the left ear: face her and speak slowly"),
            Alert("behavioral", "Reasonable adjustment: one question at a time, allow a minute"),
        ),
        contacts=(Contact("Margaret Thwaite", "DAU", "daughter", "07700 900371"),),
        readings=(
            Reading("blood-pressure", (138.0, 76.0), days_before(today, 21)),
            Reading("hba1c", (58.0,), days_before(today, 60)),
            Reading("weight", (54.0,), days_before(today, 21)),
        ),
        about_me="Call me Edie. I taught infants for thirty years. A cup of tea and a song calm "
        "me; loud voices frighten me.",
    )


def _winifred(today: date) -> Health:
    return Health(
        conditions=(
            Condition("46635009", "Type 1 diabetes", days_before(today, 9000)),
            Condition("49436004", "Atrial fibrillation", days_before(today, 2300)),
        ),
        medicines=(
            Medicine("Insulin glargine 100 units/ml", "16 units at night"),
            Medicine("Warfarin 3 mg tablets", "as the yellow book says; INR target 2.5"),
        ),
        alerts=(
            Alert("safety", "Crew safety: a large dog in the house, ask Harold to shut it away"),
            Alert("admin", "Key safe left of the back door; the control room holds the code"),
        ),
        contacts=(Contact("Harold Bainbridge", "HUSB", "husband and carer", "07700 900372"),),
        readings=(
            Reading("blood-pressure", (144.0, 82.0), days_before(today, 33)),
            Reading("hba1c", (64.0,), days_before(today, 90)),
        ),
    )


def _arthur(today: date) -> Health:
    older = Plan(
        title="ReSPECT: emergency care and treatment",
        code=RESPECT,
        wording="For CPR and full treatment in hospital.",
        signatory="Dr Ruth Mensah, Consultant, Marlbeck Infirmary",
        signed=days_before(today, 700),
        review=days_before(today, 335),
        is_document=True,
    )
    newer = Plan(
        title="Emergency care plan",
        code="887701000000100",
        wording="Stay at Beck House unless in pain that cannot be eased there. CPR not "
        "recommended; decided with Arthur, who has capacity.",
        signatory="Dr Amina Sadiq, GP",
        signed=days_before(today, 45),
        review=days_before(today, -320),
    )
    return Health(
        conditions=(
            Condition("84114007", "Heart failure", days_before(today, 1500)),
            Condition("709044004", "Chronic kidney disease stage 3", days_before(today, 1900)),
        ),
        medicines=(Medicine("Furosemide 40 mg tablets", "one each morning"),),
        plans=(older, newer),
        contacts=(Contact("Peter Dixon", "SON", "son", "07700 900373"),),
        readings=(Reading("weight", (71.5,), days_before(today, 12)),),
        about_me="I like to be called Mr Dixon by people I do not know, and to shave every day.",
    )


def _nasreen(today: date) -> Health:
    return Health(
        conditions=(Condition("38341003", "High blood pressure", days_before(today, 2600)),),
        medicines=(Medicine("Ramipril 5 mg capsules", "one a day"),),
        alerts=(Alert("clinical", "Lip-reads: face her, in good light"),),
        contacts=(Contact("Farid Rahman", "SON", "son", "07700 900374"),),
        readings=(Reading("blood-pressure", (136.0, 84.0), days_before(today, 50)),),
        language=("bn", "Bengali"),
    )


def health_of_cast(today: date) -> Mapping[str, Health]:
    """Return the health of each persona by key."""
    asthma = Condition("195967001", "Asthma", days_before(today, 4000))
    depression = Condition(DEPRESSION, "Depression", days_before(today, 800))
    return {
        "edith": _edith(today),
        "george": Health(
            conditions=(Condition("84114007", "Heart failure", days_before(today, 1100)),),
            allergies=(Allergy("294716003", "Allergy to latex", "contact rash"),),
            medicines=(Medicine("Warfarin 3 mg tablets", "as the yellow book says"),),
        ),
        "priya": Health(
            conditions=(asthma, depression),
            medicines=(
                Medicine("Salbutamol 100 micrograms inhaler", "two puffs if needed"),
                Medicine("Sertraline 50 mg tablets", "one each morning"),
            ),
        ),
        "callum": Health(
            conditions=(
                Condition(DEPRESSION, "Depression", days_before(today, 400), is_restricted=True),
                Condition("195967001", "Asthma", days_before(today, 6000)),
            ),
        ),
        "ayesha": Health(
            allergies=(
                Allergy("91935009", "Allergy to peanut", "swelling of lips", is_severe=True),
            ),
        ),
        "zainab": Health(),
        "tom": Health(is_unknown=True),
        "joan": Health(conditions=(asthma,)),
        "winifred": _winifred(today),
        "harold": Health(
            conditions=(Condition("15188001", "Hearing loss", days_before(today, 2300)),),
            readings=(Reading("blood-pressure", (129.0, 71.0), days_before(today, 80)),),
        ),
        "arthur": _arthur(today),
        "nasreen": _nasreen(today),
    }
