package people

import "fmt"

// identity draws who a client is: name, birth date, and a person number that
// nobody else has and nobody ever had. The year in the number is 120 less than
// that of the birth (1800 to 1839), as fhir.md asks.
//
// Of the 14,600 birth dates, a client gets one that is drawn towards the
// middle, moved to one whose place in the calendar leaves the client's index
// when divided by spread; the serial counts the clients with that remainder.
// So two clients never have the same date and the same serial.
func (c *client) identity() {
	d := c.d
	c.woman = d.chance(66)
	c.given = oneOf(d, menOld)
	if c.woman {
		c.given = oneOf(d, womenOld)
	}
	c.family = oneOf(d, familyNames)
	first, last := int(dayOf(1920, 1, 1)), int(dayOf(1959, 12, 31))
	at := first + (d.n(last-first)+d.n(last-first)+d.n(last-first))/3
	at += mod(c.index-at, spread)
	if at > last {
		at -= spread
	}
	c.born = day(at)
	c.numbers = []number{{personnummer, personNumber(c.born, c.serial(), 0)}}
	if d.chance(4) {
		c.numbers[0].system = "urn:oid:1.2.752.129.2.1.3.1"
	}
}

// spread times serials is how many clients can have a number of their own.
const (
	spread  = 500
	serials = 400
)

// mod is the remainder that is never negative: birth dates lie before 1970.
func mod(a, n int) int { return (a%n + n) % n }

// serial is the three digits of a birth number: odd for men, even for
// women, never 000. It counts on from a place that is the municipality's own, so
// that two municipalities on one server hardly ever share a number.
func (c *client) serial() int {
	start := c.m.o.Seed
	for _, b := range []byte(c.m.o.Prefix) {
		start = (start ^ uint64(b)) * 1099511628211 // FNV-1a
	}
	k := (c.index/spread*77 + c.index%spread*131 + int(start%serials)) % serials //nolint:gosec // a small remainder
	if c.woman {
		return 2*k + 2
	}
	return 2*k + 1
}

// personNumber writes a number of twelve digits with a right check digit. add
// is 60 for a samordningsnummer, whose day is that much more.
func personNumber(born day, serial, add int) string {
	y, m, d := born.utc().Date()
	ten := fmt.Sprintf("%02d%02d%02d%03d", (y-120)%100, m, d+add, serial)
	return "18" + ten + string(rune('0'+checkDigit(ten)))
}

// checkDigit is the Luhn digit that follows nine digits.
func checkDigit(nine string) int {
	sum := 0
	for i, r := range nine {
		v := int(r - '0')
		if i%2 == 0 {
			v *= 2
		}
		sum += v/10 + v%10
	}
	return (10 - sum%10) % 10
}

// wrongNumber is a number of the same range whose check digit is wrong.
func wrongNumber(right string) string {
	last := right[11] - '0'
	return right[:11] + string('0'+(last+3)%10)
}

// samordningsnummer gives the client one instead of the personnummer.
func (c *client) samordningsnummer() {
	c.numbers = []number{{samordningsnummer, personNumber(c.born, c.serial(), 60)}}
}

// reservnummer gives the client a national reserve number, which holds letters
// and no check digit.
func (c *client) reservnummer() {
	letters := "ABCDEFGHJKLMNPRSTUVWX"
	c.numbers = []number{{reservnummer, fmt.Sprintf("R%c%c%c%c%03d-%s",
		letters[c.d.n(len(letters))], letters[c.d.n(len(letters))], letters[c.d.n(len(letters))], letters[c.d.n(len(letters))], c.serial(), c.num)}}
}

const (
	personnummer      = "http://electronichealth.se/identifier/personnummer"
	samordningsnummer = "http://electronichealth.se/identifier/samordningsnummer"
	reservnummer      = "http://electronichealth.se/identifier/nationelltReservnummer"
	hsaID             = "urn:oid:1.2.752.29.4.19"
	orgNumber         = "urn:oid:2.5.4.97"
)
