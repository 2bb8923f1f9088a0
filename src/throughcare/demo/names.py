"""Names, streets and places of an invented locality: Marlbeck, which is on no map."""

ELDER_WOMEN = (
    "Dorothy", "Margaret", "Joan", "Jean", "Sheila", "Patricia", "Kathleen", "Winifred", "Sylvia",
    "Beryl", "Maureen", "Barbara", "Gurpreet", "Fatima", "Halina", "Shanta", "Ivy", "Mei",
)  # fmt: skip
ELDER_MEN = (
    "Ronald", "Kenneth", "Stanley", "Derek", "Dennis", "Albert", "Raymond", "Norman", "Leonard",
    "Gordon", "Winston", "Mohammed", "Harbhajan", "Seamus", "Tadeusz", "Wei", "Ivan", "Clifford",
)  # fmt: skip
WOMEN = (
    "Emma", "Sarah", "Zoë", "Laura", "Nadia", "Siân", "Agnieszka", "Chloe", "Aisha", "Rebecca",
    "Grace", "Hannah", "Niamh", "Simran", "Folasade", "Lucy", "Kelly", "Mariam", "Jade", "Olena",
)  # fmt: skip
MEN = (
    "James", "Daniel", "Mohammed", "Rhys", "Jack", "Tomasz", "Oluwaseun", "Ben", "Imran", "Sean",
    "Harry", "Joshua", "Arjun", "Kwame", "Liam", "Bilal", "Connor", "Owen", "Marek", "Luke",
)  # fmt: skip
SECOND_WOMEN = ("Anne", "Mary", "Louise", "Jane", "Noor", "Rose", "May", "Elizabeth")
SECOND_MEN = ("John", "William", "Ali", "Thomas", "Paul", "Edward", "Robert", "Michael")
FAMILIES = (
    "Armitage", "Ahmed", "Barraclough", "Begum", "Brennan", "Campbell", "Chaudhry", "Clegg",
    "Cooper", "Crowther", "Dyson", "Evans", "Farrell", "Fitzgerald-Hughes", "Gill", "Greenwood",
    "Haigh", "Hussain", "Iqbal", "Jagger", "Jones", "Kaur", "Kowalski", "Lister", "Lumb",
    "Mac an Bhaird", "Mensah", "Mistry", "Murgatroyd", "Nowak", "Ó Briain", "O'Connor", "Okafor",
    "Parkin", "Patel", "Popov", "Quarmby", "Rahman", "Rashid", "Robertshaw", "Schofield", "Shah",
    "Singh", "Smith", "Sutcliffe", "Tan", "Taylor", "Uddin", "van der Berg", "Wainwright",
    "Walker", "Whiteley", "Wong", "Wood", "Yousaf",
)  # fmt: skip
STREETS = (
    "Weavers Row", "Dyehouse Lane", "Chapel Hill", "Beck Side", "Fuller Street", "Mill Bank",
    "Tenter Fields", "Old Moor Road", "Station Approach", "Bobbin Court", "Packhorse Way",
    "Heather View", "Canal Wharf", "Spinners Close", "Quarry Top", "Laburnum Grove",
)  # fmt: skip
TOWN = "Marlbeck"
POSTCODE_AREA = "MB"
"""An area that Royal Mail has not given to anybody."""
CARE_HOME = "Beck House"
HOSPITAL = "RXX"
PRACTICE = "M99001"
PRACTICE_NAME = "Weavers Row Surgery"
COUNCIL = "999"
PHONES = "07700 900"
"""Numbers that Ofcom keeps for drama; no telephone rings."""
