package wire

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func base(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	u.Path = trimSlash(u.Path)
	return u
}

func TestResolveNext(t *testing.T) {
	for _, tt := range []struct {
		name, base, link, want string
		fault                  NextFault
	}{
		{"absolute, below the base", "https://a.se/r4", "https://a.se/r4/Encounter?p=2", "https://a.se/r4/Encounter?p=2", ""},
		{"absolute, the base itself", "https://a.se/r4", "https://a.se/r4?_getpages=1", "https://a.se/r4?_getpages=1", ""},
		{"the scheme's own port may stand or not", "https://a.se/r4", "https://a.se:443/r4?p=2", "https://a.se:443/r4?p=2", ""},
		{"upper case in host and scheme", "https://a.se/r4", "HTTPS://A.SE/r4?p=2", "https://A.SE/r4?p=2", ""},
		{"relative to the base", "https://a.se/r4", "Encounter?p=2", "https://a.se/r4/Encounter?p=2", ""},
		{"only a query", "https://a.se/r4", "?p=2", "https://a.se/r4?p=2", ""},
		{"from the origin", "https://a.se/r4", "/r4/Encounter?p=2", "https://a.se/r4/Encounter?p=2", ""},
		{"a base that is the origin", "https://a.se", "/Encounter?p=2", "https://a.se/Encounter?p=2", ""},
		{"the query is not touched", "https://a.se/r4", "?b=%2f&a=+%20;&&c", "https://a.se/r4?b=%2f&a=+%20;&&c", ""},
		{"a fragment is left out", "https://a.se/r4", "?p=2#top", "https://a.se/r4?p=2", ""},
		{"another host", "https://a.se/r4", "https://b.se/r4?p=2", "", NextElsewhere},
		{"another host without a scheme", "https://a.se/r4", "//b.se/r4?p=2", "", NextElsewhere},
		{"another port", "https://a.se/r4", "https://a.se:8443/r4?p=2", "", NextElsewhere},
		{"down to http", "https://a.se/r4", "http://a.se/r4?p=2", "", NextElsewhere},
		{"a host that only begins alike", "https://a.se/r4", "https://a.se.evil.example/r4", "", NextElsewhere},
		{"a user in front of the host", "https://a.se/r4", "https://a.se@b.se/r4", "", NextUnreadable},
		{"a path that only begins alike", "https://a.se/r4", "https://a.se/r4evil/x", "", NextAbove},
		{"above the base", "https://a.se/r4", "../admin?p=2", "", NextAbove},
		{"above the base by escaped dots", "https://a.se/r4", "/r4/%2e%2e/admin", "", NextAbove},
		{"above the base by an escaped slash", "https://a.se/r4", "/r4/..%2fadmin", "", NextAbove},
		{"a script", "https://a.se/r4", "javascript:alert(1)", "", NextUnreadable},
		{"a file", "https://a.se/r4", "file:///etc/passwd", "", NextUnreadable},
		{"a backslash", "https://a.se/r4", `\\b.se\r4`, "", NextUnreadable},
		{"a line break", "https://a.se/r4", "?p=2\r\nX: y", "", NextUnreadable},
		{"nonsense", "https://a.se/r4", "http://[::1/%zz", "", NextUnreadable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, fault := ResolveNext(base(tt.base), tt.link)
			if got != tt.want || fault != tt.fault {
				t.Errorf("%q %q, want %q %q", got, fault, tt.want, tt.fault)
			}
		})
	}
}

// within is the law: what is followed lies within the origin and below the base.
func within(t interface{ Errorf(string, ...any) }, from *url.URL, link string) {
	got, fault := ResolveNext(from, link)
	if fault != "" {
		if got != "" {
			t.Errorf("a fault and an address: %q", got)
		}
		return
	}
	u, err := url.Parse(got)
	if err != nil {
		t.Errorf("%q cannot be read again", got)
		return
	}
	if !SameOrigin(u, from) || u.User != nil || u.Fragment != "" {
		t.Errorf("%q leaves %s", got, from)
	}
	if u.Path != from.Path && !strings.HasPrefix(u.Path, from.Path+"/") {
		t.Errorf("%q is not below %s", got, from)
	}
	if slices.Contains(strings.Split(u.Path, "/"), "..") {
		t.Errorf("%q climbs", got)
	}
}

func TestNextNeverLeavesTheBase(t *testing.T) {
	piece := rapid.SampledFrom([]string{"https://", "http://", "//", "/", "a.se", "b.se", ":443", ":80", "@", "r4", "..", ".", "%2e", "%2f", "?", "#", "Encounter", "&", "=", "%", " ", "\\"})
	rapid.Check(t, func(t *rapid.T) {
		link := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "link"), "")
		within(t, base(rapid.SampledFrom([]string{"https://a.se/r4", "https://a.se", "https://a.se/x/r4"}).Draw(t, "base")), link)
	})
}

func FuzzResolveNext(f *testing.F) {
	for _, s := range []string{"?p=2", "https://a.se/r4/Encounter?p=2", "//b.se", "../x", "/r4/%2e%2e/x", "https://a.se@b.se/r4", "http://[::1/%zz", "\\\\b", ""} {
		f.Add(s)
	}
	from := base("https://a.se/r4")
	f.Fuzz(func(t *testing.T, link string) {
		within(t, from, link)
		if said := OriginOf(link); strings.ContainsAny(said, "?@") {
			t.Errorf("of %q is told %q", link, said)
		}
	})
}
