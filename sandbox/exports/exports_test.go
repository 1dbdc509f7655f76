package exports

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"brygga/sandbox/people"
)

var on = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)

var town = sync.OnceValue(func() *people.Municipality {
	return people.Generate(people.Options{Seed: 2, Clients: 500, AsOf: "2026-11-20", VisitsPerMonth: 10, Months: 1})
})

func folder(t testing.TB, opt Options) *Folder {
	t.Helper()
	opt.Dir = filepath.Join(t.TempDir(), "exports")
	f, err := New(town(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func content(t testing.TB, f *Folder, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(f.Dir(), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// decode reads Windows-1252 apart from the writer: by its published table.
func decode(b []byte) string {
	high := []rune("€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90\u2018\u2019\u201c\u201d•–—˜™š›œ\x9džŸ")
	var s strings.Builder
	for _, c := range b {
		if c >= 0x80 && c <= 0x9f {
			s.WriteRune(high[c-0x80])
		} else {
			s.WriteRune(rune(c))
		}
	}
	return s.String()
}

func parse(t testing.TB, text string) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// counts is how many rows each kind of file is to have.
func counts() map[string]int {
	n := map[string]int{}
	town().Records(func(r *people.Record) bool {
		n["journal"] += len(r.Notes)
		if r.Index%9 == 4 {
			n["journal"]++
		}
		n["kontakt"] += len(r.Decisions)
		n["information"] += len(r.Told)
		for _, p := range r.Plans {
			if p.Kind == "implementation" {
				n["uppfoljningar"] += len(p.Reviews)
			}
		}
		for _, k := range r.Consents {
			if k.Home >= 0 {
				n["samtycken"]++
			}
			if k.Guardian != "" && !k.MayNot {
				n["foretradare"]++
			}
		}
		return true
	})
	for _, p := range town().Staff() {
		if !p.Left {
			n["intyg"] += len(p.Certificates)
		}
		n["personal"] += max(len(p.Jobs), 1)
	}
	seen := map[string]bool{}
	town().Records(func(r *people.Record) bool {
		seen[r.PersonID()] = true
		n["beslut"] += len(r.Services)
		n["verkstallighet"] += len(r.Placements)
		if strings.HasPrefix(r.Story, "moving-") && r.Story != "moving-to-a-home-unknown" {
			n["verkstallighet"]++
		}
		r.Visits(func(people.Visit) bool { n["besok"]++; return true })
		return true
	})
	n["brukare"] = len(seen)
	n["enheter"] = len(town().Units())
	return n
}

func TestFilesParseBack(t *testing.T) {
	every := func(e Encoding) map[string]Encoding {
		all := map[string]Encoding{}
		for _, kind := range AllKinds() {
			all[kind] = e
		}
		return all
	}
	asUTF8 := func(b []byte) string { return string(b) }
	for _, c := range []struct {
		name string
		opt  Options
		text func([]byte) string
	}{
		{"as agreed", Options{}, func(b []byte) string {
			if s, marked := strings.CutPrefix(string(b), "\ufeff"); marked || utf8.ValidString(s) {
				return s
			}
			return decode(b)
		}},
		{"as Windows-1252", Options{Encodings: every(Windows1252)}, decode},
		{"as UTF-8", Options{Encodings: every(UTF8)}, asUTF8},
		{"as UTF-8 with a mark", Options{Encodings: every(UTF8WithMark)}, func(b []byte) string {
			s, _ := strings.CutPrefix(string(b), "\ufeff")
			return s
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.opt.Whole = true
			f := folder(t, c.opt)
			names, err := f.Write(on, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{
				"enheter_20261119.csv", "personal_20261119.csv", "journal_20261119.csv", "kontakt_20261119.csv", "intyg.csv",
				"information_20261119.csv", "uppfoljningar_20261119.csv", "samtycken_20261119.csv", "foretradare_20261119.csv",
				"brukare_20261119.csv", "verkstallighet_20261119.csv", "beslut_20261119.csv", "besok_20261119.csv",
			}
			if !slices.Equal(names, want) {
				t.Errorf("files %v", names)
			}
			for i, n := range names {
				table := f.tables()[i]
				rows := parse(t, c.text(content(t, f, n)))
				if !slices.Equal(rows[0], table.columns) {
					t.Errorf("%s: columns %v", n, rows[0])
				}
				if got := len(rows) - 1; got != counts()[table.kind] || got == 0 {
					t.Errorf("%s: %d rows, want %d", n, got, counts()[table.kind])
				}
				for _, r := range rows {
					if slices.ContainsFunc(r, func(s string) bool { return strings.ContainsAny(s, "?\ufffd") }) {
						t.Errorf("%s: a character was lost", n)
					}
				}
			}
		})
	}
}

func TestNothingButTheFilesIsLeftInTheFolder(t *testing.T) {
	f := folder(t, Options{Manifest: true})
	for range 2 {
		names, err := f.Write(on, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		there, err := os.ReadDir(f.Dir())
		if err != nil {
			t.Fatal(err)
		}
		if len(there) != 2*len(names) {
			t.Errorf("%d files in the folder, %d written", len(there), len(names))
		}
		for _, e := range there {
			if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("others can read %s", e.Name())
			}
		}
	}
}

func TestTheManifestSaysWhatIsThere(t *testing.T) {
	f := folder(t, Options{Manifest: true})
	for _, c := range []struct {
		name   string
		faults Faults
		agrees bool
	}{
		{"of whole files", Faults{}, true},
		{"of files in another encoding, which are whole all the same", Faults{WrongEncoding: Kinds{"*"}}, true},
		{"of half-written files", Faults{HalfWritten: Kinds{"*"}}, false},
	} {
		f.SetFaults(c.faults)
		names, err := f.Write(on, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			var said struct {
				Name   string
				Size   int
				Rows   int
				SHA256 string
			}
			if err := json.Unmarshal(content(t, f, n+".ok"), &said); err != nil {
				t.Fatal(err)
			}
			b := content(t, f, n)
			sum := sha256.Sum256(b)
			if said.Name != n || (said.Size == len(b)) != c.agrees || (said.SHA256 == hex.EncodeToString(sum[:])) != c.agrees {
				t.Errorf("%s: %s", c.name, n)
			}
			if c.agrees && said.Rows != strings.Count(string(b), "\n")-1 {
				t.Errorf("%s: %s has %d rows", c.name, n, said.Rows)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	good := folder(t, Options{})
	if _, err := good.Write(on, time.Time{}); err != nil {
		t.Fatal(err)
	}
	const name = "kontakt_20261119.csv"
	whole := content(t, good, name)
	for _, c := range []struct {
		name   string
		faults Faults
		holds  func(b []byte) bool
	}{
		{"none", Faults{}, func(b []byte) bool { return slices.Equal(b, whole) }},
		{"another file's", Faults{HalfWritten: Kinds{"intyg"}, OtherHeader: Kinds{"samtycken"}}, func(b []byte) bool { return slices.Equal(b, whole) }},
		{"half-written: ends in the middle", Faults{HalfWritten: Kinds{"kontakt"}}, func(b []byte) bool {
			return len(b) < len(whole) && strings.HasPrefix(string(whole), string(b)) && b[len(b)-1] != '\n'
		}},
		{"another header: the rows are the same", Faults{OtherHeader: Kinds{"*"}}, func(b []byte) bool {
			head, rest, _ := strings.Cut(string(b), "\n")
			was, same, _ := strings.Cut(string(whole), "\n")
			return head != was && rest == same
		}},
		{"the wrong encoding: UTF-8", Faults{WrongEncoding: Kinds{"kontakt"}}, func(b []byte) bool {
			return utf8.Valid(b) && !utf8.Valid(whole) && string(b) == decode(whole)
		}},
		{"empty: the header alone", Faults{Empty: Kinds{"kontakt"}}, func(b []byte) bool { return strings.Count(string(b), "\n") == 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := folder(t, Options{})
			f.SetFaults(c.faults)
			if _, err := f.Write(on, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if !c.holds(content(t, f, name)) {
				t.Error("it does not hold")
			}
			f.SetFaults(Faults{})
			if _, err := f.Write(on, time.Time{}); err != nil || !slices.Equal(content(t, f, name), whole) {
				t.Error("it is not put right by the next export")
			}
		})
	}
}

func TestAFileThatGrows(t *testing.T) {
	f := folder(t, Options{})
	name, finish, err := f.Grow("samtycken", on)
	if err != nil {
		t.Fatal(err)
	}
	half := content(t, f, name)
	if err := finish(); err != nil {
		t.Fatal(err)
	}
	whole := content(t, f, name)
	if name != "samtycken_20261119.csv" || len(half) >= len(whole) || !strings.HasPrefix(string(whole), string(half)) {
		t.Errorf("%s: %d bytes, then %d", name, len(half), len(whole))
	}
	if len(parse(t, decode(whole)))-1 != counts()["samtycken"] {
		t.Error("finished, it is not whole")
	}
	if _, _, err := f.Grow("visits", on); err == nil {
		t.Error("a kind of file that there is not")
	}
}

func TestActsShowInTheNextFiles(t *testing.T) {
	f := folder(t, Options{Whole: true})
	count := func(kind string) int {
		if _, err := f.Write(on, time.Time{}); err != nil {
			t.Fatal(err)
		}
		table, _ := f.tableOf(kind)
		return len(parse(t, decode(content(t, f, table.fileName(on)))))
	}
	for _, c := range []struct {
		act, kind string
		more      int
	}{
		{"request-withdrawn", "kontakt", -1},
		{"plan-reviewed", "uppfoljningar", 1},
		{"dies", "journal", 0},
		{"moves-to-care-home", "journal", 0},
		{"moves-to-care-home", "besok", 0},
		{"contact-leaves", "besok", 0},
		{"arrives", "brukare", 1},
	} {
		before := count(c.kind)
		for _, a := range town().Acts() {
			if a.Name == c.act {
				f.Act(a)
			}
		}
		if got := count(c.kind) - before; got != c.more {
			t.Errorf("%s: %+d rows in %s, want %+d", c.act, got, c.kind, c.more)
		}
	}
}

func TestWhatCannotBeWrittenSaysWhy(t *testing.T) {
	if _, err := New(town(), Options{}); err == nil {
		t.Error("a folder without a name")
	}
	f, err := New(town(), Options{Dir: "/dev/null/exports"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(on, time.Time{}); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("where no folder can be: %v", err)
	}
}

func FuzzWindows1252(f *testing.F) {
	for _, s := range []string{"Åsa; \"Österberg\"", "€ – ‘x’", "Kovačević", "a\r\nb", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\r\n") || !utf8.ValidString(s) || strings.HasPrefix(s, "\ufeff") {
			return // csv.Reader makes one line end of CR LF
		}
		var out strings.Builder
		l := newLines(&out, Windows1252)
		l.row(s, "end")
		if _, err := l.checksum(); err != nil {
			t.Fatal(err)
		}
		rows := parse(t, decode([]byte(out.String())))
		want := strings.Map(func(r rune) rune {
			if c := windows1252(r); c == '?' {
				return '?'
			}
			return r
		}, s)
		if len(rows) != 1 || len(rows[0]) != 2 || rows[0][0] != want {
			t.Errorf("%q came back as %q", want, rows)
		}
	})
}

func TestFilesBearTheTimeThatIsAsked(t *testing.T) {
	f := folder(t, Options{Manifest: true})
	evening := time.Date(2026, 11, 19, 22, 30, 0, 0, time.UTC)
	names, err := f.Write(on, evening)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if info, err := os.Stat(filepath.Join(f.Dir(), n)); err != nil || !info.ModTime().Equal(evening) {
			t.Errorf("%s was changed at another time", n)
		}
	}
}

// What one file names, another one holds.
func TestFilesFitTogether(t *testing.T) {
	f := folder(t, Options{Encodings: map[string]Encoding{"personal": UTF8, "journal": UTF8, "enheter": UTF8, "samtycken": UTF8, "foretradare": UTF8}})
	if _, err := f.Write(on, time.Time{}); err != nil {
		t.Fatal(err)
	}
	column := func(kind string, i int) []string {
		table, _ := f.tableOf(kind)
		var all []string
		for _, r := range parse(t, string(content(t, f, table.fileName(on))))[1:] {
			all = append(all, r[i])
		}
		return all
	}
	for _, c := range []struct {
		name     string
		from, to []string
		blank    bool
	}{
		{"who wrote a note is on the list of staff", column("journal", 3), column("personal", 0), false},
		{"where somebody is employed is on the list of units", column("personal", 3), column("enheter", 0), true},
		{"to whom a consent is given is on the list of units", column("samtycken", 5), column("enheter", 2), false},
		{"who gave one for somebody else is on the list of representatives", column("samtycken", 3), column("foretradare", 2), true},
	} {
		named := 0
		for _, v := range c.from {
			if v == "" && c.blank {
				continue
			}
			named++
			if !slices.Contains(c.to, v) {
				t.Errorf("%s: one is not", c.name)
			}
		}
		if named == 0 {
			t.Errorf("%s: nobody is named", c.name)
		}
	}
	for kind, key := range map[string]int{"personal": 0, "journal": 0, "enheter": 0, "samtycken": 0, "foretradare": 0} {
		all := column(kind, key)
		slices.Sort(all)
		if len(slices.Compact(all)) != len(column(kind, key)) {
			t.Errorf("%s: two rows have one key", kind)
		}
	}
}
