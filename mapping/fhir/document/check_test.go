package document

import (
	"strings"
	"testing"

	"brygga/care"
)

// Each row breaks a document that passes, and says what Check then finds.
func TestCheckFinds(t *testing.T) {
	entry := func(b object, i int) object { return objects(b, "entry")[i] }
	resource := func(b object, typ string) object {
		for _, e := range objects(b, "entry") {
			if r := one(e, "resource"); text(r, "resourceType") == typ {
				return r
			}
		}
		t.Fatalf("no %s in the document", typ)
		return nil
	}
	section := func(b object) object { return objects(resource(b, "Composition"), "section")[0] }
	narrative := func(div string) func(object) {
		return func(b object) { one(section(b), "text")["div"] = div }
	}
	inside := func(c object) func(object) {
		return func(b object) {
			c["id"] = "inside"
			resource(b, "CareTeam")["contained"] = list(c)
			resource(b, "CareTeam")["managingOrganization"] = list(pointer("#inside"))
		}
	}
	const ns = `xmlns="http://www.w3.org/1999/xhtml"`
	for _, c := range []struct {
		name   string
		breaks func(b object)
		finds  string
	}{
		{"that it is no document", func(b object) { b["type"] = "collection" }, "not a Bundle of the type document"},
		{"a missing identifier", func(b object) { delete(b, "identifier") }, "needs an identifier"},
		{"an identifier without a system", func(b object) { delete(one(b, "identifier"), "system") }, "needs an identifier"},
		{"a missing time", func(b object) { delete(b, "timestamp") }, "needs the time"},
		{"a time that is only a day", func(b object) { b["timestamp"] = "2026-11-21" }, "needs the time"},
		{"another first entry", func(b object) { b["entry"] = many(b, "entry")[1:] }, "the Composition is the first entry"},
		{"a second Composition", func(b object) { b["entry"] = append(many(b, "entry"), many(b, "entry")[0]) }, "the only one"},
		{"two entries of one address", func(b object) { entry(b, 2)["fullUrl"] = entry(b, 1)["fullUrl"] }, "the address of another entry"},
		{"an entry without an address", func(b object) { delete(entry(b, 2), "fullUrl") }, "an entry without an address"},
		{"an entry without a resource", func(b object) { delete(entry(b, 2), "resource") }, "an entry without a resource"},
		{"a reference to what is not there", func(b object) { resource(b, "CareTeam")["encounter"] = pointer("Encounter/1") }, "leads to nothing"},
		{"a reference by its text alone", func(b object) { resource(b, "CareTeam")["encounter"] = with("display", "möte") }, "leads to nothing"},
		{"a reference by an identifier", func(b object) { resource(b, "CareTeam")["encounter"] = with("identifier", identifier("s", "v")) }, "leads to nothing"},
		{"a reference to nothing contained", func(b object) { resource(b, "CareTeam")["encounter"] = pointer("#x") }, "leads to nothing"},
		{"the address of a record in some text", func(b object) { resource(b, "CareTeam")["x"] = "https://a.example/fhir/Condition/7" }, "the address of a record"},
		{"an empty list", func(b object) { resource(b, "CareTeam")["note"] = list() }, "an empty list"},
		{"an empty object", func(b object) { resource(b, "CareTeam")["period"] = object{} }, "an empty object"},
		{"an empty text", func(b object) { resource(b, "CareTeam")["name"] = "" }, "an empty text"},
		{"null", func(b object) { resource(b, "CareTeam")["name"] = nil }, "null"},
		{"null in a list", func(b object) { resource(b, "CareTeam")["x"] = list("a", nil) }, "null"},
		{"a period that ends before it starts", func(b object) { resource(b, "CareTeam")["period"] = object{"start": "2026-02-01", "end": "2026-01-31"} }, "ends before it starts"},
		{"a script", narrative(`<div ` + ns + `><script>x()</script></div>`), "not only text"},
		{"a handler", narrative(`<div ` + ns + `><p onclick="x()">a</p></div>`), "run or fetch"},
		{"a link", narrative(`<div ` + ns + `><a href="https://x.example">a</a></div>`), "not only text"},
		{"a picture from elsewhere", narrative(`<div ` + ns + `><img src="https://x.example/a.png"/></div>`), "not only text"},
		{"a style, which may fetch", narrative(`<div ` + ns + ` style="background:url(//x)">a</div>`), "run or fetch"},
		{"a narrative that is not well-formed", narrative(`<div ` + ns + `><p>a</div>`), "not well-formed"},
		{"a comment in a narrative", narrative(`<div ` + ns + `><!-- a --></div>`), "a comment"},
		{"a narrative that is no XHTML", narrative(`<p>a</p>`), "one div of XHTML"},
		{"a narrative of the source", func(b object) { resource(b, "CareTeam")["text"] = object{"status": "generated"} }, "a narrative of the source"},
		{"an entry to which nothing leads", func(b object) {
			b["entry"] = append(many(b, "entry"), fullEntry("urn:uuid:x", object{"resourceType": "Organization", "name": "x"}))
		}, "nothing leads to it"},
		{"a section that is not permitted", func(b object) { section(b)["code"] = coded(sectionSystem, "journal", "") }, "a section that is not permitted"},
		{"a section that is not known", func(b object) { section(b)["code"] = coded(sectionSystem, "economy", "") }, "a section that is not known"},
		{"a section that holds nothing, without a reason", func(b object) { delete(section(b), "entry") }, "without a reason"},
		{"an entry in another section than its own", func(b object) { section(b)["code"] = coded(sectionSystem, "plan", "") }, "another section than the one it stands in"},
		{"a resource of a section that is not permitted", func(b object) { resource(b, "CarePlan")["category"] = list(coded(planSystem, "sip", "")) }, "of a section that is not permitted"},
		{"a resource of a permitted section and another", func(b object) {
			resource(b, "CarePlan")["category"] = list(coded(planSystem, "sip", ""), coded(planSystem, "implementation", ""))
		}, "of a section that is not permitted"},
		{"a resource that belongs to no section", func(b object) { resource(b, "CarePlan")["category"] = list(coded("x", "y", "")) }, "belongs to no section"},
		{"a contained resource of a section that is not permitted", inside(object{"resourceType": "RiskAssessment", "status": "final"}), "of a section that is not permitted"},
		{"a contained resource that belongs to no section", inside(object{"resourceType": "Condition"}), "belongs to no section"},
		{"a contained unit that tells too much", inside(object{"resourceType": "Organization", "name": "x", "address": list(with("text", "x"))}), "more of a person or a unit"},
		{"a contained narrative", inside(object{"resourceType": "Organization", "name": "x", "text": with("status", "generated")}), "a narrative of the source"},
		{"a resource in an element", func(b object) { resource(b, "CareTeam")["x"] = object{"resourceType": "Condition"} }, "a resource within an element"},
		{"a client with an address", func(b object) { resource(b, "Patient")["address"] = list(with("text", "x")) }, "more of a person or a unit"},
		{"staff with a telephone", func(b object) { resource(b, "Practitioner")["telecom"] = list(with("value", "x")) }, "more of a person or a unit"},
		{"a label that protects", func(b object) {
			resource(b, "Patient")["meta"] = with("security", list(coding(confidentialitySystem, "V", "")))
		}, "a label that protects"},
		{"what was entered in error", func(b object) { resource(b, "CarePlan")["status"] = "entered-in-error" }, "entered in error"},
		{"an attachment that lies elsewhere", func(b object) {
			resource(b, "CarePlan")["x"] = object{"contentType": "a/b", "url": "https://x.example"}
		}, "lies elsewhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(care.SectionContact, care.SectionPlan)
			b, err := decode(composed(t, record(), o).Bundle(testID, at))
			if err != nil {
				t.Fatal(err)
			}
			c.breaks(b)
			problems := Check(encode(b), o.Permitted)
			for _, p := range problems {
				if strings.Contains(p.What, c.finds) {
					return
				}
			}
			t.Errorf("Check found %v, not %q", problems, c.finds)
		})
	}
}

func TestCheckOfWhatIsNoJSON(t *testing.T) {
	for _, s := range []string{"", "null", "[]", "{", `{"a":1} x`, strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)} {
		if len(Check([]byte(s), care.AllSections)) == 0 {
			t.Errorf("nothing is found in %.20q", s)
		}
	}
}

// A path is told to people who run the program: it must not quote what a document holds.
func TestProblemsQuoteNothing(t *testing.T) {
	b := []byte(`{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"a","resource":{"resourceType":"Composition","181103021232":[],"Märta Exempelsson":null,"x":{"y":"Condition/181103021232"}}}]}`)
	for _, p := range Check(b, care.AllSections) {
		if s := p.String(); strings.Contains(s, "1811") || strings.Contains(s, "rta") {
			t.Errorf("quoted: %s", s)
		}
	}
}
