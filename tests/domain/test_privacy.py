"""The guard before free text: what looks like patient information is refused, what a pharmacy writes all day is not."""

import pytest

from shiftbot.domain.privacy import keepable, patient_information, refuse_patient_information
from shiftbot.errors import Refused

SUSPICIOUS = {
    "a social security number": [
        "SSN 078-05-1120 on file",
        "found card 078-05-1120",
        "ssn is 078 05 1120",
    ],
    "an e-mail address": [
        "asked to write to jdoe@example.com",
        "jane.doe+rx@mail.example.org wants a refill",
    ],
    "a phone number": [
        "call back (212) 736-5000",
        "call back 212-736-5000 before noon",
        "left 212.736.5000",
        "+1 212 736 5000 twice",
        "callback 2127365000",
        "phone: 736-5000",
        "her cell no. 212 736 5000",
        "call Mary at 5551234567",
        "5551234567",
        "left a message at 555-0177",
        "555-0142 called about the delivery",
        "(212)-555-0115",
        "left 2127365000 on the counter",
        "+44 20 7946 0958",
    ],
    "a date of birth": [
        "DOB 3/4/1961",
        "dob: 1961-03-04",
        "d.o.b. 3/4/61",
        "born 4 May 1961",
        "born on March 4, 1961",
        "date of birth is 03.04.1961",
        "DOB 03041961",
        "DOB 03 / 04 / 1961",
        "birthday Mar 4 1961",
        "born in March 1980",
        "born 1980",
        "the one with 01/02/1980",
    ],
    "a prescription or record number": [
        "Rx 1234567 not ready",
        "RX#1234567",
        "rx no. 1234567 wrong count",
        "script 1234567 returned",
        "prescription number 6543210",
        "MRN: A123456",
        "member ID W123456789",
        "medicaid 12345678",
        "acct 998877",
        "CSN 100238841",
        "driver's license D1234567",
    ],
    "a patient's name": [
        "pt Jones waiting",
        "Pt. Jones asked twice",
        "patient Jones refused",
        "PATIENT JONES CALLED",
        "Mr. Jones will come back",
        "gave it to Mrs O'Brien",
        "Ms. Lee-Park picked up",
        "Miss Dubois at counter",
        "patient: John Smith",
        "patient:john smith",
        "Resident Ben Ortiz moved",
        "customer: Morgan Lee",
        "Patient's name: Smith",
        "pt name Jones",
        "mrs jones",
        "gave it to mr. smith",
    ],
    "a street address": [
        "deliver to 14 Elm Street",
        "delivered to 220 N. Oak Ave",
        "1450 West Lake Rd, back door",
        "drop at 31 45th St",
        "7 Maple Hill Drive",
    ],
}

INNOCENT = [
    "Door was left open during delivery, closed at 10:40",
    "Fridge 39.6 F, min 37.1, max 41.2",
    "Moved 12 vials of Shingrix to the backup unit",
    "Lot 7F2A9, exp 2027-03, quarantined",
    "NDC 00093-0058-01 short by 2 tablets",
    "NDC 00093005801 short by 2",
    "Oxycodone 5 mg tablet, 118 counted, 120 on the books",
    "30 lisinopril 10 mg ct bottle broken",
    "30 Lisinopril Ct bottle broken",
    "DEA 222 form received, box 4 of 10",
    "Invoice 88231 from the wholesaler, 14 totes",
    "Rx returned to stock: 12",
    "3 Rx waiting for prior authorisation",
    "rx queue is empty",
    "Called the prescriber, waiting for an answer",
    "5 Faxes Dr. Patel has to sign",
    "Patient counseling room cleaned",
    "Patient Counseling area was cleaned",
    "patient waiting area mopped, PATIENT AREA CLEAN",
    "A patient asked for the manager",
    "patient was told to come back tomorrow",
    "Amira witnessed the count",
    "Morgan Lee will bring the spare key",
    "Ben is at the drive-through until 14:00",
    "Hilltop Pharmacy, Main Street opens late tomorrow",
    "Probe certificate NIST-4711 due 2027-10-01",
    "Alarm code changed on 11/23/2026",
    "Generator tested 2026-11-23 07:15, 20 minutes",
    "Safe time lock set 20:00 to 07:45",
    "Sink drain cleaned, log 12-05-2026",
    "2 refill, 1 clinical, oldest 40m",
    "n/a, drive-through closed for repaving",
    "Seal 0048812 torn on tote 3",
    "Vaccine delivery short: 2 of 10 Fluzone",
    "Serial 4402-118-77 of the backup logger",
    "Printer on workstation 3 out of toner",
    "Backup freezer at -20.5 C since 06:00",
    "Hand-over: 3 callbacks open, all prescribers",
    "Born to be mild: new cleaning agent works",
    "Call the service company about compressor 2",
    "Ticket 448120 at the software vendor",
    "UPC 312547427869 damaged, 4 units",
    "Store 1187 lent us 5 vials",
    "Insurance switch was down 09:10 to 09:25",
    "Policy binder moved to shelf 2",
    "Missed because the phones were down",
    "MS Teams outage, used the phone",
    "Coffee maker unplugged near the fridge",
    "Account with the shredding company renewed",
    "NDC 0009300580 short by 2",
    "UPC: 3125474278 damaged",
    "Tracking 9400111899 says tomorrow",
    "patient asked for the manager, patient called twice",
    "Patient: waiting area needs a mop",
    "MR vaccine arrived",
    "callbacks swept at 930 1030 1400",
    "heparin 500-1000 units, call the floor first",
    "order 448-1120 called in to the wholesaler",
    "inv# 2049918823 short",
    "Customer Service Desk moved",
    "dl 12 labels, fin. 3 visits",
    "Refrigerator built in 2019, certificate renewed in March 2026",
    "5 ms late, the clock is fine",
    "miss the delivery again and we call the vendor",
    "-12.5 C at 06:00, +4.5 C at 07:00",
    "",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SUSPICIOUS.items() for text in texts])
def test_what_looks_like_patient_information_is_recognised_by_its_kind(kind: str, text: str) -> None:
    found = patient_information(text)
    assert found is not None
    assert found[0] == kind


@pytest.mark.parametrize("text", INNOCENT)
def test_what_a_pharmacy_writes_all_day_passes(text: str) -> None:
    assert patient_information(text) is None
    refuse_patient_information(text)


def test_the_refusal_says_what_to_write_instead_and_never_repeats_the_text() -> None:
    with pytest.raises(Refused) as refused:
        refuse_patient_information("patient Jones, DOB 3/4/1961, call 212-736-5000")
    said = str(refused.value)
    assert "nothing was stored" in said
    assert "send it again" in said
    assert not [part for part in ("Jones", "1961", "736") if part in said]


def test_the_guard_stays_quick_on_a_long_text() -> None:
    """No pattern backtracks without end: a whole page of digits, words and separators is read at once."""
    page = "12 Aa " * 2_000 + "1-" * 2_000 + "born " * 2_000 + "call " * 2_000 + "a" * 20_000
    assert patient_information(page) is None


def test_what_is_kept_has_no_control_characters() -> None:
    assert keepable("  seal\x00 torn\x07\nagain ") == "seal torn\nagain"


def test_what_looks_like_a_patient_is_not_kept() -> None:
    with pytest.raises(Refused, match="looks like a phone number"):
        keepable("call back 212-736-5000")
