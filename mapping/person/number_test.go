package person

import (
	"testing"

	personnummer "github.com/personnummer/go/v3"
	"pgregory.net/rapid"

	"brygga/care"
)

func TestValid(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  care.IdentifierKind
		value string
		want  bool
	}{
		{"a personnummer of the 1800s is valid", care.Personnummer, "181902238292", true},
		{"Skatteverket's test numbers are valid", care.Personnummer, "195009072553", true},
		{"a number from 1890 is valid", care.Personnummer, "189002029800", true},
		{"a number from after 2000 is valid", care.Personnummer, "200302022389", true},
		{"a wrong check digit is not", care.Personnummer, "181902238293", false},
		{"ten digits are not, since they leave the century open", care.Personnummer, "5009072553", false},
		{"a separator is not", care.Personnummer, "19500907-2553", false},
		{"a space in front is not", care.Personnummer, " 95009072553", false},
		{"letters are not", care.Personnummer, "1950090725A3", false},
		{"digits of another script are not", care.Personnummer, "19500907255٣", false},
		{"nothing is not", care.Personnummer, "", false},
		{"a day that does not exist is not, whatever its check digit", care.Personnummer, "181902308293", false},
		{"month 13 is not", care.Personnummer, fix("18191323829"), false},
		{"month 00 is not", care.Personnummer, fix("18190023829"), false},
		{"day 00 is not", care.Personnummer, fix("18190200829"), false},
		{"29 February of a common year is not", care.Personnummer, fix("18190229829"), false},
		{"29 February of a leap year is", care.Personnummer, fix("18200229829"), true},
		{"29 February of 1800, a common year, is not", care.Personnummer, fix("18000229829"), false},
		{"the birth number 000 is not", care.Personnummer, fix("18190223000"), false},
		{"a samordningsnummer is no personnummer", care.Personnummer, fix("18190283829"), false},
		{"a samordningsnummer has 60 added to the day", care.Samordningsnummer, fix("18190283829"), true},
		{"a personnummer is no samordningsnummer", care.Samordningsnummer, "181902238292", false},
		{"day 60 means that the day is not known", care.Samordningsnummer, fix("18190260829"), true},
		{"month 00 means that the month is not known", care.Samordningsnummer, fix("18190083829"), true},
		{"neither month nor day may be known", care.Samordningsnummer, fix("18190060829"), true},
		{"day 59 is no day of a samordningsnummer", care.Samordningsnummer, fix("18190259829"), false},
		{"30 February plus 60 is not valid", care.Samordningsnummer, fix("18190290829"), false},
		{"day 92 is not valid even in an unknown month", care.Samordningsnummer, fix("18190092829"), false},
		{"a samordningsnummer is checked too", care.Samordningsnummer, wrong(fix("18190283829")), false},
		{"a reservnummer may hold letters", care.Reservnummer, "19R1234567AB", true},
		{"a reservnummer is never checked", care.Reservnummer, "181902238293", true},
		{"a reservnummer of nothing is not valid", care.Reservnummer, "", false},
		{"an HSA-id is opaque", care.HSAID, "SE2321000000-s1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Valid(c.kind, c.value); got != c.want {
				t.Errorf("Valid is %v, want %v", got, c.want)
			}
		})
	}
}

// fix adds the check digit that eleven digits need, worked out apart from luhn.
func fix(eleven string) string {
	for c := byte('0'); c <= '9'; c++ {
		if s := eleven + string(c); mod10(s[2:]) == 0 {
			return s
		}
	}
	panic("no check digit")
}

func wrong(s string) string { return s[:11] + string('0'+(s[11]-'0'+1)%10) }

// mod10 is Luhn's sum from the right, over all digits.
func mod10(s string) int {
	table := [...]int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}
	sum := 0
	for i := len(s) - 1; i >= 0; i-- {
		d := int(s[i] - '0')
		if (len(s)-i)%2 == 0 {
			d = table[d]
		}
		sum += d
	}
	return sum % 10
}

// The library is exact where it is given twelve digits with a month and a day that
// are not 00, and where it is told which of the two kinds is meant.
func TestValidAgreesWithTheLibraryWhereItIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`18[0-3][0-9](0[1-9]|1[0-2])([0-7][1-9]|[1-9]0)[0-9]{4}`).Draw(t, "number")
		if rapid.Bool().Draw(t, "fixed") {
			s = fix(s[:11])
		}
		p, err := personnummer.New(s)
		samordning := err == nil && s[6] >= '6'
		if got := Valid(care.Personnummer, s); got != (err == nil && !samordning) {
			t.Errorf("personnummer: %v, the library says %v", got, err)
		}
		if s[6:8] == "60" {
			return // the library does not know an unknown day
		}
		if got := Valid(care.Samordningsnummer, s); got != (samordning && p.IsCoordinationNumber()) {
			t.Errorf("samordningsnummer: %v, the library says %v", got, err)
		}
	})
}
