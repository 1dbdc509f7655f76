package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// terminal is an app whose stdout is a terminal, with an environment.
func terminal(env map[string]string) *app {
	return &app{output: "text", Process: Process{
		OutTerminal: true,
		LookupEnv:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}}
}

func TestATableIsAligned(t *testing.T) {
	a := &app{output: "text", Process: Process{LookupEnv: func(string) (string, bool) { return "", false }}}
	tab := a.table("  ")
	tab.head("RULE", "N", "TEXT")
	tab.right[1] = true
	tab.row("åäö", 7, "kort")
	tab.row("plan.review", 1200, "en lång text som inte skjuter undan något")
	tab.row("last", "", "")
	tab.row("only one")
	var b bytes.Buffer
	tab.write(&b)
	const want = `  RULE            N  TEXT
  åäö             7  kort
  plan.review  1200  en lång text som inte skjuter undan något
  last
  only one
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// Colours change nothing but colours, and no line ends in spaces.
func TestColoursDoNotMoveAnything(t *testing.T) {
	styles := []style{plain, bold, faint, red, green, yellow}
	rapid.Check(t, func(t *rapid.T) {
		plainly := &app{output: "text", Process: Process{LookupEnv: func(string) (string, bool) { return "", false }}}
		coloured := terminal(nil)
		a, b := plainly.table(" "), coloured.table(" ")
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			var row []any
			for range rapid.IntRange(1, 4).Draw(t, "columns") {
				row = append(row, cell{rapid.StringMatching(`[a-zåäö ]{0,9}`).Draw(t, "text"), rapid.SampledFrom(styles).Draw(t, "style")})
			}
			a.row(row...)
			b.row(row...)
		}
		var x, y bytes.Buffer
		a.write(&x)
		b.write(&y)
		stripped := y.String()
		for _, s := range styles {
			stripped = strings.ReplaceAll(stripped, "\x1b["+string(s)+"m", "")
		}
		stripped = strings.ReplaceAll(stripped, "\x1b[0m", "")
		for i, line := range strings.Split(x.String(), "\n") {
			if strings.TrimRight(line, " ") != line {
				t.Fatalf("%q ends in spaces", line)
			}
			if got := strings.Split(stripped, "\n")[i]; strings.TrimRight(got, " ") != line {
				t.Fatalf("%q with colours is %q", line, got)
			}
		}
	})
}

func TestColourIsForTerminalsAlone(t *testing.T) {
	for _, c := range []struct {
		name string
		app  *app
		want bool
	}{
		{"a terminal", terminal(nil), true},
		{"a terminal with NO_COLOR", terminal(map[string]string{"NO_COLOR": "1"}), false},
		{"NO_COLOR set to nothing is not set", terminal(map[string]string{"NO_COLOR": ""}), true},
		{"a dumb terminal", terminal(map[string]string{"TERM": "dumb"}), false},
		{"a pipe", &app{output: "text", Process: Process{LookupEnv: func(string) (string, bool) { return "", false }}}, false},
	} {
		if got := c.app.colour(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	a := terminal(nil)
	a.output = "json"
	if a.paint(red, "x") != "x" {
		t.Error("JSON is coloured")
	}
	if got := terminal(nil).paint(red, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("%q", got)
	}
}

func TestWhatComesFromElsewhereCannotMoveTheCursor(t *testing.T) {
	for in, want := range map[string]string{
		"Norra hemtjänsten": "Norra hemtjänsten", "\x1b[2Jx": "?[2Jx", "a\nb\tc": "a b c", "\u202egnp": "?gnp", "a\x00": "a?",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWrappedTextKeepsEveryWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-zåäö.]{1,30}`)).Draw(t, "words")
		got := wrapped("      ", strings.Join(words, " "))
		if strings.Join(strings.Fields(got), " ") != strings.Join(words, " ") {
			t.Fatalf("%q", got)
		}
		for _, line := range strings.Split(got, "\n") {
			if utf8.RuneCountInString(line) > textWidth {
				t.Fatalf("%q is wider than %d", line, textWidth)
			}
		}
	})
}

func TestCount(t *testing.T) {
	if count(1, "client") != "1 client" || count(0, "client") != "0 clients" || count(2, "client") != "2 clients" {
		t.Error(count(1, "client"), count(0, "client"), count(2, "client"))
	}
}
