package document

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"brygga/care"
)

// Options are what a document is made for.
type Options struct {
	Permitted care.SectionSet
	Data      map[care.Section][]care.Interval // dataPeriod of the permits; none: all
	AsOf      care.Date
	Base      string // address of the source, by which its absolute references are known
	Code      string // LOINC; DefaultCode where empty
	Custodian Party  // the unit that sends
	Recipient Party  // the care home
	Consents  []Basis
	Language  string // of the Bundle's texts: sv (also where empty) or en; the page is always Swedish
	Protected bool   // the client's identity is protected, whatever the Patient says
}

// Basis is a consent that a handover rests on.
type Basis struct {
	Consent care.Ref
	Version string // empty where not known
}

// BasisOf reads "Consent/c2/_history/3", or "Consent/c2".
func BasisOf(s string) Basis {
	ref, version, _ := strings.Cut(s, "/_history/")
	return Basis{care.Ref(ref), version}
}

func (b Basis) String() string {
	if b.Version == "" {
		return string(b.Consent)
	}
	return string(b.Consent) + "/_history/" + b.Version
}

// The errors of Compose that a caller may want to know.
var (
	// ErrProtected: the client, or a person whom the document would name, has a protected
	// identity. Nothing is automatic for them: the handover is made by hand.
	ErrProtected = errors.New("a person in it has a protected identity: hand over by hand")
	// ErrNothingPermitted: there is nothing to compose.
	ErrNothingPermitted = errors.New("no section is permitted")
)

// Document is a handover, ready to be written down for a recipient.
type Document struct {
	// Hash is the hex SHA-256 of the content: of the permitted sections and what they
	// hold, without identifiers and dates of the document, sender, recipient and consent.
	// The order in which rows were read does not count, nor do their versions.
	Hash string
	// Sections is what was carried and what was left out, for the sender alone.
	Sections []Carried

	o         Options
	patient   person
	rows      []*row // in order
	support   []entry
	custodian entry
	recipient entry // without a resource where nobody is named
}

// entry is a resource in the document.
type entry struct {
	urn string
	out object
}

// composing is the state of one Compose.
type composing struct {
	o         Options
	patient   person
	rows      map[care.Ref]*row
	plans     planOf
	support   map[care.Ref]json.RawMessage
	staff     map[care.Ref]object // reduced; nil where there is none
	byID      map[string]care.Ref // of staff and units, by "system|value"
	reached   map[care.Ref]bool   // of support: what is carried
	wanted    map[care.Ref]bool
	leftOut   map[care.Section][]LeftOut
	protected bool
}

// Compose makes the document of what was collected. What it wanted and was not read is
// taken to be not there. It fails where the Patient cannot be read, where a person is
// protected (ErrProtected), and where there is more than a record of one client holds.
// It gives the same for the same, and keeps nothing of c.
func Compose(c Collection, o Options) (*Document, error) {
	x, err := compose(&c, o)
	if err != nil {
		return nil, err
	}
	d := &Document{o: x.o, patient: x.patient, recipient: entry{urnOf("recipient"), nil}}
	if d.o.Code == "" {
		d.o.Code = DefaultCode
	}
	d.rows = slices.Collect(maps.Values(x.rows))
	inOrder(d.rows)
	for _, ref := range slices.Sorted(maps.Keys(x.reached)) {
		d.support = append(d.support, entry{urnOf(string(ref)), x.staff[ref]})
	}
	d.custodian = entry{urnOf("custodian"), o.Custodian.organization()}
	if !o.Custodian.known() {
		d.custodian.out["name"] = wordsOf(o.Language).text("unknown-sender")
	}
	if o.Custodian.Ref != "" {
		d.custodian.urn = urnOf(string(o.Custodian.Ref))
	}
	if o.Recipient.known() {
		d.recipient.out = o.Recipient.organization()
	}
	for _, s := range care.Sections() {
		if o.Permitted.Has(s) {
			d.Sections = append(d.Sections, x.carried(s, d.rows))
		}
	}
	d.Hash = d.hash()
	return d, nil
}

func compose(c *Collection, o Options) (*composing, error) {
	x := &composing{
		o: o, rows: map[care.Ref]*row{}, support: c.Support, leftOut: map[care.Section][]LeftOut{},
	}
	if o.Permitted == 0 {
		return nil, ErrNothingPermitted
	}
	if err := c.bounded(o.Permitted); err != nil {
		return nil, err
	}
	p, err := decode(c.Patient)
	if err != nil || text(p, "resourceType") != "Patient" || selfOf(p) == "" {
		return nil, errors.New("the client's record is no Patient that can be read")
	}
	if o.Protected || protecting(p) {
		return nil, ErrProtected
	}
	x.client(p)
	x.index()
	x.admitAll(c)
	x.scrubAll()
	if x.protected {
		return nil, ErrProtected
	}
	if len(x.wanted)+len(x.reached) > mostSupport {
		return nil, fmt.Errorf("the sections name more than %d staff, units and attachments: no record of one client does", mostSupport)
	}
	s := &scrubber{x: x, typ: "Patient", quiet: true, lost: func(string, Reason) {}}
	x.patient.out, _ = s.object(x.patient.out, "", true)
	return x, nil
}

// bounded holds a collection to what one client's record may be.
func (c *Collection) bounded(permitted care.SectionSet) error {
	rows, bytes := 0, len(c.Patient)
	for s, all := range c.Rows {
		if permitted.Has(s) {
			rows += len(all)
			for _, raw := range all {
				bytes += len(raw)
			}
		}
	}
	for _, raw := range c.Support {
		bytes += len(raw)
	}
	if rows > mostRows || bytes > mostBytes {
		return fmt.Errorf("more than %d resources, or %d MiB, for one client", mostRows, mostBytes>>20)
	}
	return nil
}

// scrubAll scrubs the rows until each refers only to what is carried: one that turns out
// hollow may have been referred to.
func (x *composing) scrubAll() {
	admitted := x.leftOut
	for {
		x.wanted, x.staff, x.leftOut = map[care.Ref]bool{}, map[care.Ref]object{}, map[care.Section][]LeftOut{}
		for s, left := range admitted {
			x.leftOut[s] = slices.Clone(left)
		}
		var gone []*row
		for _, ref := range slices.Sorted(maps.Keys(x.rows)) {
			r := x.rows[ref]
			if r.out = x.carry(r); r.out == nil {
				gone = append(gone, r)
			}
		}
		if gone == nil {
			break
		}
		for _, r := range gone {
			delete(x.rows, r.ref)
			admitted[r.first()] = append(admitted[r.first()], LeftOut{Ref: r.ref, Reason: ReasonHollow})
		}
	}
	x.reach()
}

// carried tells what became of a section.
func (x *composing) carried(s care.Section, rows []*row) Carried {
	c := Carried{Section: s, LeftOut: x.leftOut[s]}
	for _, r := range rows {
		if r.sections.Has(s) {
			c.Entries = append(c.Entries, r.ref)
		}
	}
	slices.SortFunc(c.LeftOut, func(a, b LeftOut) int {
		return strings.Compare(string(a.Ref)+" "+a.Element+" "+string(a.Reason), string(b.Ref)+" "+b.Element+" "+string(b.Reason))
	})
	c.LeftOut = slices.Compact(c.LeftOut)
	c.LeftOut = c.LeftOut[:min(len(c.LeftOut), mostLeftOut)]
	return c
}

func (d *Document) hash() string {
	h := sha256.New()
	h.Write([]byte("brygga document 1\n"))
	for _, s := range d.Sections {
		fmt.Fprintln(h, s.Section)
	}
	patient := maps.Clone(d.patient.out)
	delete(patient, "managingOrganization") // whose it is just now is no content
	h.Write(append(encode(patient), '\n'))
	rows := slices.Clone(d.rows)
	slices.SortFunc(rows, func(a, b *row) int { return strings.Compare(string(a.ref), string(b.ref)) })
	for _, r := range rows {
		h.Write(append(encode(r.out), '\n'))
	}
	for _, e := range d.support {
		h.Write(append(encode(e.out), '\n'))
	}
	return hex.EncodeToString(h.Sum(nil))
}
