package files

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/adapters"
)

func TestOptionsThatCannotWorkAreNamedWithoutTheirValues(t *testing.T) {
	_, private := ed25519Key(t)
	noKeys := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(noKeys, []byte("hemlig rad\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sftp := func(change func(*SFTP)) func(*Options) {
		return func(o *Options) {
			o.Folder = ""
			o.SFTP = &SFTP{Host: "sftp.example", User: "brygga", Password: "x", KnownHosts: os.DevNull}
			change(o.SFTP)
		}
	}
	list := func(change func(*List)) func(*Options) {
		return func(o *Options) { o.Lists = map[string]List{"besok": visits(change)} }
	}
	tests := []struct {
		name string
		set  func(*Options)
		says string
	}{
		{"no name", func(o *Options) { o.Name = "" }, "name: is missing"},
		{"no clock", func(o *Options) { o.Clock = nil }, "clock: is missing"},
		{"no place", func(o *Options) { o.Folder = "" }, "folder: is missing"},
		{"two places", func(o *Options) { o.SFTP = &SFTP{} }, "are both given"},
		{"a folder that depends on where we stand", func(o *Options) { o.Folder = "hemligt" }, "folder: is not an absolute path"},
		{"no host", sftp(func(s *SFTP) { s.Host = "" }), "sftp.host"},
		{"an address for a host", sftp(func(s *SFTP) { s.Host = "sftp://hemligt" }), "sftp.host"},
		{"no such port", sftp(func(s *SFTP) { s.Port = 70000 }), "sftp.port"},
		{"no user", sftp(func(s *SFTP) { s.User = "" }), "sftp.user"},
		{"neither password nor key", sftp(func(s *SFTP) { s.Password = "" }), "sftp.password"},
		{"a password with its file's last newline", sftp(func(s *SFTP) { s.Password = "hemligt\n" }), "newline"},
		{"a key that is none", sftp(func(s *SFTP) { s.Key = []byte("hemligt") }), "sftp.key: is no private key"},
		{"no known hosts", sftp(func(s *SFTP) { s.KnownHosts = "" }), "sftp.known_hosts: is missing"},
		{"known hosts that are not there", sftp(func(s *SFTP) { s.KnownHosts = "/hemligt" }), "sftp.known_hosts: the file cannot be read"},
		{"known hosts that are none", sftp(func(s *SFTP) { s.KnownHosts = noKeys }), "sftp.known_hosts: the file cannot be read"},
		{"a key alone, which is well", sftp(func(s *SFTP) { s.Password, s.Key = "", private }), ""},
		{"a pattern that leads out", list(func(l *List) { l.Glob = "../hemligt" }), "list besok: glob"},
		{"no such format", list(func(l *List) { l.Format = "hemligt" }), "list besok: format"},
		{"no such encoding", list(func(l *List) { l.Encoding = "hemligt" }), "encoding"},
		{"a delimiter of two characters", list(func(l *List) { l.Delimiter = ";;" }), "delimiter"},
		{"a delimiter beyond ASCII", list(func(l *List) { l.Delimiter = "§" }), "delimiter"},
		{"an end of line for a delimiter", list(func(l *List) { l.Delimiter = "\n" }), "delimiter"},
		{"a delimiter that is the quote", list(func(l *List) { l.Delimiter = `"` }), "is the quote too"},
		{"a quote of two characters", list(func(l *List) { l.Quote = `""` }), "quote"},
		{"a column twice", list(func(l *List) { l.Columns = []string{"A", "A "} }), "columns"},
		{"a column without a name", list(func(l *List) { l.Columns = []string{""} }), "columns"},
		{"neither header nor columns", list(func(l *List) { l.Header, l.Columns = false, nil }), "columns"},
		{"rows of CSV", list(func(l *List) { l.Rows = "x" }), "rows"},
		{"fields of CSV", list(func(l *List) { l.Fields = map[string]string{"Id": "x"} }), "fields"},
		{"XML without rows", list(func(l *List) { l.Format = XML }), "rows"},
		{"XML without columns", list(func(l *List) { l.Format, l.Rows, l.Columns = XML, "a/b", nil }), "fields"},
		{"no such completeness", list(func(l *List) { l.Complete.How = "hemligt" }), "complete"},
		{"a manifest without a name", list(func(l *List) { l.Complete.How = Manifest }), "complete"},
		{"a manifest elsewhere", list(func(l *List) { l.Complete = Complete{How: Manifest, Manifest: "../{name}"} }), "complete"},
		{"a manifest of something unknown", list(func(l *List) { l.Complete = Complete{How: Manifest, Manifest: "{hemligt}"} }), "complete"},
		{"a manifest of a date that the names have not", list(func(l *List) { l.Complete = Complete{How: Manifest, Manifest: "{date}.ok"} }), "complete"},
		{"a pattern without a date", list(func(l *List) { l.Complete.How = Pattern }), "complete"},
		{"no such delivery", list(func(l *List) { l.Delivery = "hemligt" }), "delivery"},
		{"an age of less than nothing", list(func(l *List) { l.MaxAge = -1 }), "max_age"},
		{"all that is needed", func(*Options) {}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, visits())
			tt.set(&w.o)
			_, err := New(w.o)
			if tt.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hemlig") {
				t.Errorf("%v; want ...%s..., and no value", err, tt.says)
			}
		})
	}
}

func TestTheKindOpensASystemFromItsOptions(t *testing.T) {
	w := newWorld(t, visits())
	w.put("besok_1.csv", csvOf("1"), day)
	env := adapters.Env{Logger: zerolog.Nop(), Clock: w.o.Clock, Sleep: w.o.Sleep}
	r := adapters.Registry{"files": Kind(w.o.Lists)}
	opened, err := r.Open("files", "exporten", map[string]string{"folder": w.dir}, env)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if opened.Sink != nil || opened.Source.Can() != (adapters.Can{Same: true}) || opened.Source.Name() != "exporten" {
		t.Error("files are read, and no more")
	}
	got := &rows{}
	if o := opened.Source.Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok"}, got); !o.Complete || got.column("Id") != "1" {
		t.Errorf("%+v", o)
	}
	tests := []struct {
		name string
		set  map[string]string
		says string
	}{
		{"a size that is none", map[string]string{"folder": w.dir, "max_bytes": "hemligt"}, "max_bytes"},
		{"a size without end", map[string]string{"folder": w.dir, "max_bytes": "99999999GiB"}, "max_bytes"},
		{"too many connections", map[string]string{"folder": w.dir, "connections": "1000"}, "connections"},
		{"a port that is none", map[string]string{"sftp.host": "x", "sftp.port": "hemligt"}, "sftp.port"},
		{"a timeout that is none", map[string]string{"folder": w.dir, "timeout": "1"}, "timeout"},
		{"a host without the rest", map[string]string{"sftp.host": "x"}, "sftp.user"},
		{"an option of another kind", map[string]string{"folder": w.dir, "url": "hemligt"}, "url: is no option"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.Open("files", "exporten", tt.set, env)
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hemligt") {
				t.Errorf("%v; want ...%s..., and no value", err, tt.says)
			}
		})
	}
	red := Kind(nil).Redacted(map[string]string{"sftp.password": "hemligt", "sftp.key": "hemligt", "sftp.user": "brygga"})
	if red["sftp.password"] == "hemligt" || red["sftp.key"] == "hemligt" || red["sftp.user"] != "brygga" {
		t.Errorf("%v", red)
	}
	for name, want := range map[string]int64{"1": 1, "2MiB": 2 << 20, "3 GiB": 3 << 30} {
		p := parsing{set: map[string]string{"max_bytes": name}}
		if got := p.bytes("max_bytes"); got != want || len(p.errs) > 0 {
			t.Errorf("%s is %d, %v", name, got, p.errs)
		}
	}
}

func TestHowAMappingWritesCompleteness(t *testing.T) {
	tests := []struct {
		text string
		want Complete
		ok   bool
	}{
		{"", Complete{}, true},
		{"quiet", Complete{How: Quiet}, true},
		{" quiet( 90s ) ", Complete{How: Quiet, Quiet: 90 * time.Second}, true},
		{"pattern", Complete{How: Pattern}, true},
		{"pattern(1h)", Complete{How: Pattern, Quiet: time.Hour}, true},
		{"manifest", Complete{How: Manifest, Manifest: "{name}.ok"}, true},
		{"manifest({stem}.klar)", Complete{How: Manifest, Manifest: "{stem}.klar"}, true},
		{`manifest("MANIFEST")`, Complete{How: Manifest, Manifest: "MANIFEST"}, true},
		{"manifest()", Complete{}, false},
		{"manifest(../x)", Complete{}, false},
		{"quiet(", Complete{}, false},
		{"quiet()", Complete{}, false},
		{"quiet)", Complete{}, false},
		{"quiet(0s)", Complete{}, false},
		{"(60s)", Complete{}, false},
		{"soon", Complete{}, false},
	}
	for _, tt := range tests {
		got, err := ParseComplete(tt.text)
		if (err == nil) != tt.ok || tt.ok && got != tt.want {
			t.Errorf("%q is %+v, error %v; want %+v", tt.text, got, err, tt.want)
		}
	}
}

func TestSingleRecordsCannotBeAskedFor(t *testing.T) {
	s := newWorld(t, visits()).system()
	var e *adapters.Error
	if _, err := s.Read(context.Background(), "besok/1"); !errors.As(err, &e) || e.Class != adapters.Fatal {
		t.Error(err)
	}
}
