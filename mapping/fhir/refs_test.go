package fhir

import (
	"hash/fnv"
	"strings"
	"testing"

	"brygga/care"
	"brygga/mapping"
)

func TestResolve(t *testing.T) {
	logical := func(kind care.IdentifierKind, v string) care.Ref {
		return care.LogicalRef(testHasher.Identifier(kind, v))
	}
	const here, elsewhere = "https://here.example/fhir/", "https://elsewhere.example/fhir/"
	for _, c := range []struct {
		name string
		in   pointer
		base string // "" for data on disk
		ref  care.Ref
		typ  string
	}{
		{"relative", pointer{reference: "Patient/1"}, here, "Patient/1", "Patient"},
		{"a version is ignored", pointer{reference: "Patient/1/_history/7"}, here, "Patient/1", "Patient"},
		{"absolute to this server", pointer{reference: here + "Patient/1"}, here, "Patient/1", "Patient"},
		{"absolute to this server with a version", pointer{reference: here + "Patient/1/_history/7"}, here, "Patient/1", "Patient"},
		{"absolute to another server is somebody else", pointer{reference: elsewhere + "Patient/1/_history/7"}, here, elsewhere + "Patient/1", "Patient"},
		{"an address that only begins the same is another server", pointer{reference: "https://here.example/fhir2/Patient/1"}, here, "https://here.example/fhir2/Patient/1", "Patient"},
		{"absolute to any server, on disk", pointer{reference: elsewhere + "Patient/1"}, "", "Patient/1", "Patient"},
		{"absolute with a version, on disk", pointer{reference: elsewhere + "Patient/1/_history/2"}, "", "Patient/1", "Patient"},
		{"an address with a query names nobody", pointer{reference: elsewhere + "Patient/1?x=181902238292"}, "", "", ""},
		{"an address that is no record's names nobody", pointer{reference: "https://181902238292"}, "", "", ""},
		{"a search names nobody", pointer{reference: "Patient?identifier=x|181902238292"}, here, "", ""},
		{"a name names nobody", pointer{reference: "Anna Andersson"}, here, "", ""},
		{"a type alone names nobody", pointer{reference: "Patient/"}, here, "", ""},
		{"a small letter is no type", pointer{reference: "patient/1"}, here, "", ""},
		{"spaces are no id", pointer{reference: "Patient/Anna Andersson"}, here, "", ""},
		{"too long is no id", pointer{reference: "Patient/" + strings.Repeat("1", 200)}, here, "", ""},
		{"an underscore is let through", pointer{reference: "Patient/p_1"}, here, "Patient/p_1", "Patient"},
		{"contained", pointer{reference: "#a1", typ: "Practitioner"}, here, "CareTeam/ct1#a1", "Practitioner"},
		{"the container itself", pointer{reference: "#"}, here, "", ""},
		{"a urn of this Bundle", pointer{reference: "urn:uuid:aa"}, "", "Patient/aa", "Patient"},
		{"a urn of no Bundle", pointer{reference: "urn:uuid:bb"}, "", "", ""},
		{"by personnummer", pointer{system: "http://electronichealth.se/identifier/personnummer", value: "181902238292"}, here, logical(care.Personnummer, "181902238292"), ""},
		{"by personnummer in its other system", pointer{system: "urn:oid:1.2.752.129.2.1.3.1", value: "181902238292", typ: "Patient"}, here, logical(care.Personnummer, "181902238292"), "Patient"},
		{"by an unknown system", pointer{system: "http://x.example", value: "1"}, here, care.LogicalRef(care.Identifier{Hash: testHasher.Sum(0, "http://x.example|1")}), ""},
		{"an identifier without value", pointer{system: "http://x.example"}, here, "", ""},
		{"the reference goes before the identifier", pointer{reference: "Patient/1", system: "urn:oid:1.2.752.129.2.1.3.1", value: "181902238292"}, here, "Patient/1", "Patient"},
		{"nothing", pointer{}, here, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := New(Options{Hasher: testHasher, Names: care.NewNames(), Base: c.base})
			x := &reading{Mapper: m, name: "CareTeam/ct1", urns: map[string]care.Ref{"urn:uuid:aa": "Patient/aa"}}
			got := x.resolve(c.in)
			if got.ref != c.ref || got.typ != c.typ {
				t.Errorf("got %q, type %q; want %q, type %q", got.ref, got.typ, c.ref, c.typ)
			}
			if strings.Contains(string(got.ref), "1819") {
				t.Error("the number is in the name")
			}
		})
	}
}

func TestTheBaseMayEndInASlash(t *testing.T) {
	for _, base := range []string{"https://here.example/fhir", "https://here.example/fhir/"} {
		m := New(Options{Hasher: testHasher, Names: care.NewNames(), Base: base})
		if got := (&reading{Mapper: m}).resolve(pointer{reference: "https://here.example/fhir/Patient/1"}).ref; got != "Patient/1" {
			t.Errorf("%s: got %q", base, got)
		}
	}
}

func TestARecordByPersonnummerIsItsClients(t *testing.T) {
	raw := with(barePlan, "subject", `{"identifier":{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"181902238292"}}`)
	if got, want := record(t, raw).Client, care.LogicalRef(testHasher.Identifier(care.Personnummer, "181902238292")); got != want {
		t.Errorf("about %q, want %q", got, want)
	}
	// An HSA-id is nobody's in care.
	h := read(t, with(barePlan, "subject", `{"identifier":{"system":"urn:oid:1.2.752.29.4.19","value":"SE1"}}`))
	if len(h.Unread) != 1 || h.Unread[0].Client != "" {
		t.Errorf("got %s", show(h))
	}
}

func TestAMapperNeedsWhatItNeeds(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("made without a Hasher")
		}
	}()
	New(Options{Names: care.NewNames()})
}

func TestOwnCodesReplaceTheDefaults(t *testing.T) {
	codes := DefaultCodes()
	codes.Plans = map[Code]care.PlanKind{{"http://kommun.example", "gp"}: care.Implementation}
	m := New(Options{Codes: codes, Hasher: testHasher, Names: care.NewNames()})
	h := &heard{}
	raw := with(barePlan, "category", `[{"coding":[{"system":"http://kommun.example","code":"gp"}]}]`)
	if err := m.Resource(h, []byte(raw)); err != nil || len(h.Records) != 1 || len(h.Records[0].Plans) != 1 {
		t.Errorf("%v, got %s", err, show(h))
	}
	h = &heard{}
	if err := m.Resource(h, []byte(barePlan)); err != nil || len(h.Records) != 1 || len(h.Records[0].Plans) != 0 {
		t.Errorf("%v: the default is still read: %s", err, show(h))
	}
}

func TestKeyIsTheSameFromARefAndItsParts(t *testing.T) {
	if mapping.Key("Encounter/v1") != mapping.KeyOf("Encounter", "/", "v1") || mapping.Key("Encounter/v1") == mapping.Key("Encounter/v2") {
		t.Error("keys differ where they should not, or do not where they should")
	}
	// What is stored must be found again: the sum is FNV-1a and stays so.
	sum := fnv.New64a()
	sum.Write([]byte("Encounter/v1"))
	if mapping.Key("Encounter/v1") != sum.Sum64() {
		t.Error("the key is no longer FNV-1a")
	}
}
