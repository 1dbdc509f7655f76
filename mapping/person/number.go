package person

import "brygga/care"

// Valid says whether an identifier may be used as it stands (fhir.md,
// "Identifiers"):
//
//   - a personnummer is 12 digits without separator, has a date that exists, a
//     birth number other than 000, and a right check digit;
//   - a samordningsnummer is the same with 60 added to the day; day 60 and
//     month 00 mean that day or month is not known;
//   - a reservnummer and an HSA-id are opaque: anything but nothing is valid.
//
// github.com/personnummer/go is not asked: it also takes separators and ten
// digits (guessing the century), takes day 00, takes either kind for the other,
// and refuses month 00. The tests compare with it where it is exact.
func Valid(kind care.IdentifierKind, value string) bool {
	switch kind {
	case care.Personnummer:
		return number(value, false)
	case care.Samordningsnummer:
		return number(value, true)
	default:
		return value != ""
	}
}

// coordination is what a samordningsnummer adds to the day.
const coordination = 60

func number(s string, samordning bool) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	year, month, day := digits(s[:4]), digits(s[4:6]), digits(s[6:8])
	if samordning {
		day -= coordination
	}
	return dated(year, month, day, samordning) && s[8:11] != "000" && luhn(s[2:])
}

// dated says whether the day exists; with unknown, month 0 and day 0 stand for
// a month or day that is not known. An unknown month may have any day to 31.
func dated(year, month, day int, unknown bool) bool {
	if year < 1 || month > 12 {
		return false
	}
	if !unknown && (month < 1 || day < 1) {
		return false
	}
	return day >= 0 && day <= care.DaysIn(year, month)
}

// luhn checks ten digits: every other one, from the first, counts double.
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func digits(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
