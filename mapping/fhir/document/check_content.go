package document

import (
	"fmt"
	"strings"

	"brygga/care"
)

// may are the elements that persons and units are reduced to.
var may = map[string]map[string]bool{
	"Patient":          set("identifier name birthDate gender communication managingOrganization"),
	"Practitioner":     set("identifier name qualification"),
	"PractitionerRole": set("identifier practitioner organization"),
	"Organization":     set("identifier name telecom"),
}

// resource checks one entry: whether it may be there, and all that it holds.
func (c *checking) resource(r object, url, path string) {
	typ := text(r, "resourceType")
	ids := map[string]bool{}
	for _, k := range objects(r, "contained") {
		if id := text(k, "id"); ids[id] || id == "" {
			c.problem(path+".contained", "contained without an id of its own")
		} else {
			ids[id] = true
		}
	}
	stands := c.member[url]
	switch {
	case typ == "Composition", typ == "Provenance":
	case may[typ] != nil:
		c.reduced(r, path)
	default:
		c.permits(r, stands, path)
	}
	if r["text"] != nil && typ != "Composition" {
		c.problem(path+".text", "a narrative of the source may tell what was left out")
	}
	for i, k := range objects(r, "contained") {
		at := fmt.Sprintf("%s.contained[%d]", path, i)
		switch inner := text(k, "resourceType"); {
		case inner != "Patient" && may[inner] != nil:
			c.reduced(k, at)
		case inner == "Goal" && typ == "CarePlan":
		default:
			c.permits(k, stands, at)
		}
		if k["text"] != nil {
			c.problem(at+".text", "a narrative of the source may tell what was left out")
		}
		c.walk(k, at, ids, typ)
	}
	c.walk(without(r, "contained"), path, ids, typ)
}

// permits checks that a resource belongs to permitted sections and to no other.
func (c *checking) permits(r object, stands care.SectionSet, path string) {
	switch sections := c.sectionsOf(r, stands); {
	case sections == 0:
		c.problem(path, "a resource that belongs to no section")
	case sections&^c.permitted != 0:
		c.problem(path, "a resource of a section that is not permitted")
	}
	if unfit(r) == ReasonInError {
		c.problem(path, "entered in error")
	}
	if protecting(r) {
		c.problem(path+".meta.security", "a label that protects")
	}
}

// reduced checks that a person or unit tells no more than it may.
func (c *checking) reduced(r object, path string) {
	allowed := may[text(r, "resourceType")]
	for _, k := range keys(r) {
		if name := strings.TrimPrefix(k, "_"); !allowed[name] && name != "resourceType" && name != "id" && name != "meta" {
			c.problem(path+"."+plain(k), "more of a person or a unit than is handed over")
		}
	}
	if protecting(r) {
		c.problem(path+".meta.security", "a label that protects")
	}
}

// walk checks every element of an object, references, periods and narratives among them.
// ids are what is contained where it stands.
func (c *checking) walk(o object, path string, ids map[string]bool, typ string) {
	if len(o) == 0 {
		c.problem(path, "an empty object")
	}
	if momentOf(text(o, "start")).After(momentOf(text(o, "end"))) {
		c.problem(path, "a period that ends before it starts")
	}
	for _, k := range keys(o) {
		at := join(path, plain(k))
		switch v := o[k].(type) {
		case []any:
			if len(v) == 0 {
				c.problem(at, "an empty list")
			}
			for i, item := range v {
				if paired := o[other(k)]; item == nil && isList(paired) {
					continue // of a list of primitives and that of their extensions, one may be empty
				}
				c.value(k, item, fmt.Sprintf("%s[%d]", at, i), ids, typ)
			}
		default:
			c.value(k, v, at, ids, typ)
		}
	}
}

// other is the list that stands beside a list of primitives.
func other(k string) string {
	if base, ok := strings.CutPrefix(k, "_"); ok {
		return base
	}
	return "_" + k
}

func isList(v any) bool { _, ok := v.([]any); return ok }

func (c *checking) value(k string, v any, path string, ids map[string]bool, typ string) {
	switch v := v.(type) {
	case nil:
		c.problem(path, "null")
	case []any:
		c.problem(path, "a list within a list")
	case string:
		switch {
		case v == "":
			c.problem(path, "an empty text")
		case k == "div":
			c.narrative(v, path)
		case k != "reference" && k != "data" && namesRecord(v) && !c.holds(v) && !strings.HasSuffix(path, "what.identifier.value"):
			c.problem(path, "the address of a record that did not come along")
		}
	case object:
		if v["resourceType"] != nil {
			c.problem(path, "a resource within an element")
		}
		if isReference(k, v) {
			c.reference(v, path, ids, typ)
		}
		if isAttachment(k, v) && v["url"] != nil {
			c.problem(path+".url", "an attachment that lies elsewhere")
		}
		c.walk(v, path, ids, typ)
	}
}

// holds says whether the record that an address names came along.
func (c *checking) holds(address string) bool {
	address, _, _ = strings.Cut(address, "/_history/")
	parts := strings.Split(address, "/")
	return len(parts) >= 2 && c.entries[urnOf(strings.Join(parts[len(parts)-2:], "/"))] != nil
}

func (c *checking) reference(r object, path string, ids map[string]bool, typ string) {
	to := text(r, "reference")
	id, local := strings.CutPrefix(to, "#")
	switch {
	case to == "" && typ == "Provenance" && strings.HasSuffix(path, ".what") && text(r, "type") == "Consent":
	case local && (ids[id] || id == "" && len(ids) > 0):
	case !local && c.entries[to] != nil:
	default:
		c.problem(path, "a reference that leads to nothing in the document")
	}
}
