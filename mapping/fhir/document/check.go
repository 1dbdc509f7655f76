package document

import (
	"fmt"
	"strings"

	"brygga/care"
)

// Problem is something wrong with a document. It quotes nothing of its content.
type Problem struct {
	Path string // as "entry[3].resource.basedOn[0]"
	What string
}

func (p Problem) String() string { return p.Path + ": " + p.What }

// mostProblems is how many problems are told: whoever has so many has enough.
const mostProblems = 200

// Check looks at a finished document for what general validators miss: that every
// reference resolves inside and every entry is reached, that nothing is empty, no period
// disordered, nothing in a narrative runs or fetches, and that nothing is there of a
// section that is not permitted, in whatever place. It gives nothing where all is well.
func Check(bundle []byte, permitted care.SectionSet) []Problem {
	c := checking{permitted: permitted, entries: map[string]object{}, member: map[string]care.SectionSet{}}
	b, err := decode(bundle)
	if err != nil {
		c.problem("", "not one JSON object, or nested too deeply")
		return c.problems
	}
	c.frame(b)
	c.sections()
	for i, e := range objects(b, "entry") {
		path := fmt.Sprintf("entry[%d].resource", i)
		if r := one(e, "resource"); r != nil {
			c.resource(r, text(e, "fullUrl"), path)
		}
	}
	c.walk(without(b, "entry"), "", nil, "")
	for _, e := range objects(b, "entry") {
		c.walk(without(e, "resource"), "entry", nil, "")
	}
	c.reached(b)
	return c.problems
}

// checking is the state of one Check.
type checking struct {
	permitted   care.SectionSet
	entries     map[string]object // by fullUrl
	composition object
	member      map[string]care.SectionSet // of which sections of the Composition an entry is
	problems    []Problem
}

func (c *checking) problem(path, what string) {
	if len(c.problems) < mostProblems {
		c.problems = append(c.problems, Problem{path, what})
	}
}

// frame checks the Bundle around the resources.
func (c *checking) frame(b object) {
	if text(b, "resourceType") != "Bundle" || text(b, "type") != "document" {
		c.problem("type", "not a Bundle of the type document")
	}
	if id := one(b, "identifier"); text(id, "system") == "" || text(id, "value") == "" {
		c.problem("identifier", "a document needs an identifier with a system")
	}
	if !momentOf(text(b, "timestamp")).Known() || len(text(b, "timestamp")) < len("2006-01-02T15:04:05Z") {
		c.problem("timestamp", "a document needs the time at which it was made")
	}
	if len(objects(b, "entry")) != len(many(b, "entry")) {
		c.problem("entry", "not a list of entries")
	}
	for i, e := range objects(b, "entry") {
		path, url := fmt.Sprintf("entry[%d]", i), text(e, "fullUrl")
		r := one(e, "resource")
		switch {
		case r == nil:
			c.problem(path, "an entry without a resource")
			continue
		case url == "":
			c.problem(path+".fullUrl", "an entry without an address")
		case c.entries[url] != nil:
			c.problem(path+".fullUrl", "the address of another entry")
		default:
			c.entries[url] = r
		}
		composition := text(r, "resourceType") == "Composition"
		if composition != (i == 0) {
			c.problem(path, "the Composition is the first entry, and the only one")
		}
		if i == 0 && composition {
			c.composition = r
		}
	}
	if c.composition == nil {
		c.problem("entry", "no Composition in the first entry")
	}
}

// sections checks the sections of the Composition, and notes which entry is of which.
func (c *checking) sections() {
	for i, s := range objects(c.composition, "section") {
		path := fmt.Sprintf("entry[0].resource.section[%d]", i)
		var of care.Section
		known := false
		for _, k := range codesOf(s, "code") {
			if k.system == sectionSystem {
				of, known = care.SectionByName(k.code)
			}
		}
		switch {
		case !known:
			c.problem(path+".code", "a section that is not known")
			continue
		case !c.permitted.Has(of):
			c.problem(path, "a section that is not permitted")
		case s["entry"] == nil && s["emptyReason"] == nil:
			c.problem(path, "a section that holds nothing, without a reason")
		}
		for _, e := range objects(s, "entry") {
			c.member[text(e, "reference")] |= care.SetOfSections(of)
		}
	}
	for url, of := range c.member {
		r := c.entries[url]
		if is := c.sectionsOf(r, of); r != nil && of&^is != 0 {
			c.problem("entry[0].resource.section", "an entry of another section than the one it stands in")
		}
	}
}

// sectionsOf is sectionsOf within the document. A review whose plans did not come along is of
// the section that it stands in.
func (c *checking) sectionsOf(r object, stands care.SectionSet) care.SectionSet {
	plans := func(ref object) (care.SectionSet, bool) {
		to := c.entries[text(ref, "reference")]
		if text(to, "resourceType") != "CarePlan" {
			return 0, true
		}
		return planSectionsOf(to), true
	}
	sections := sectionsOf(r, plans)
	if sections == 0 && text(r, "resourceType") == "Procedure" && has(codesOf(r, "code"), review) {
		return stands & care.SetOfSections(care.SectionPlan, care.SectionSIP, care.SectionRisks)
	}
	return sections
}

// reached checks that every entry is reached from the Composition, or from a Provenance of it.
func (c *checking) reached(b object) {
	seen := map[string]bool{}
	var visit func(url string)
	visit = func(url string) {
		if seen[url] || c.entries[url] == nil {
			return
		}
		seen[url] = true
		eachReference(c.entries[url], visit)
	}
	for i, e := range objects(b, "entry") {
		r := one(e, "resource")
		if i == 0 {
			visit(text(e, "fullUrl"))
		}
		if text(r, "resourceType") != "Provenance" {
			continue
		}
		for _, t := range objects(r, "target") {
			if seen[text(t, "reference")] {
				visit(text(e, "fullUrl"))
			}
		}
	}
	for i, e := range objects(b, "entry") {
		if url := text(e, "fullUrl"); url != "" && !seen[url] {
			c.problem(fmt.Sprintf("entry[%d]", i), "nothing leads to it from the Composition")
		}
	}
}

// plain gives the name of an element for a path; one that is none of FHIR's might be anything.
func plain(k string) string {
	bare := strings.TrimPrefix(k, "_")
	if bare == "" || len(bare) > 40 {
		return "?"
	}
	for i := range len(bare) {
		if c := bare[i] | 0x20; c < 'a' || c > 'z' {
			return "?"
		}
	}
	return k
}
