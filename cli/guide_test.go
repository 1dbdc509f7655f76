package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const guidePath = "../docs/mapping.md"

// fence is one fenced block of the guide: a file, a change to one, or commands with
// what they print.
type fence struct {
	line       int // of the opening fence, from 1
	kind, file string
	add        bool // the block is added to a file, section by section
	text       []string
}

// fences takes the fenced blocks out of a text. What is no file and no command is
// prose, and left out.
func fences(text string) (out []fence) {
	var open *fence
	for i, line := range strings.Split(text, "\n") {
		info, is := strings.CutPrefix(line, "```")
		switch {
		case open == nil && is:
			words := append(strings.Fields(info), "", "", "")
			open = &fence{line: i + 1, kind: words[0], file: words[1], add: words[2] == "(add)"}
		case is:
			if open.kind == "console" || open.file != "" {
				out = append(out, *open)
			}
			open = nil
		case open != nil:
			open.text = append(open.text, line)
		}
	}
	return out
}

// changed gives the lines of a file after a block was applied to it.
func (f *fence) changed(old []string) ([]string, error) {
	switch {
	case f.kind == "diff":
		return f.patched(old)
	case f.add:
		return f.added(old), nil
	}
	return f.text, nil
}

// patched replaces the lines that a diff takes away; they must stand there once.
func (f *fence) patched(old []string) ([]string, error) {
	var from, to []string
	for _, line := range f.text {
		if strings.HasPrefix(line, "-") || strings.HasPrefix(line, " ") {
			from = append(from, line[1:])
		}
		if strings.HasPrefix(line, "+") || strings.HasPrefix(line, " ") {
			to = append(to, line[1:])
		}
	}
	found := -1
	for i := range len(old) - len(from) + 1 {
		if slices.Equal(old[i:i+len(from)], from) {
			if found >= 0 {
				return nil, fmt.Errorf("line %d of the guide: what is to be changed in %s stands there twice", f.line, f.file)
			}
			found = i
		}
	}
	if found < 0 || len(from) == 0 {
		return nil, fmt.Errorf("line %d of the guide: what is to be changed does not stand in %s", f.line, f.file)
	}
	return slices.Concat(old[:found], to, old[found+len(from):]), nil
}

// added puts what stands under each section of a block at the end of the section of
// that name, or at the end of the file.
func (f *fence) added(old []string) []string {
	for i := 0; i < len(f.text); {
		end := i + 1
		for end < len(f.text) && !isSection(f.text[end]) {
			end++
		}
		at := slices.Index(old, f.text[i])
		if at < 0 {
			old = slices.Concat(old, f.text[i:end])
		} else {
			last := at + 1
			for last < len(old) && !isSection(old[last]) {
				last++
			}
			for last > at+1 && old[last-1] == "" {
				last--
			}
			old = slices.Concat(old[:last], f.text[i+1:end], old[last:])
		}
		i = end
	}
	return old
}

func isSection(line string) bool { return line != "" && line[0] != ' ' && line[0] != '#' }

// matches says whether a text is what the guide shows, where [...] stands for any
// number of lines, and which line of the guide is not there.
func matches(shown, got []string) (missing string, ok bool) {
	gap := false
	for _, line := range shown {
		if line == "[...]" {
			gap = true
			continue
		}
		at := slices.Index(got, line)
		if at < 0 || at > 0 && !gap {
			return line, false
		}
		got, gap = got[at+1:], false
	}
	if len(got) > 0 && !gap {
		return "the end", false
	}
	return "", true
}

// The guide is followed to the letter: each of its files is laid out, each of its
// commands is run in its order, and prints what the guide shows.
func TestTheGuideToMappingsHolds(t *testing.T) {
	b, err := os.ReadFile(guidePath)
	if err != nil {
		t.Fatal(err)
	}
	guide := strings.Split(string(b), "\n")
	original, err := filepath.Abs(guidePath)
	if err != nil {
		t.Fatal(err)
	}
	g := newGuided(t)
	written := 0 // lines by which the guide has grown under -update
	for _, f := range fences(string(b)) {
		if f.kind != "console" {
			g.put(t, &f)
			continue
		}
		got := g.console(t, &f)
		missing, ok := matches(f.text, got)
		switch {
		case ok:
		case *update:
			at := f.line + written
			guide = slices.Concat(guide[:at], got, guide[at+len(f.text):])
			written += len(got) - len(f.text)
		default:
			t.Fatalf("docs/mapping.md:%d shows %q, which is not what is printed there (-update writes it anew):\n%s", f.line, missing, strings.Join(got, "\n"))
		}
	}
	if *update {
		if err := os.WriteFile(original, []byte(strings.Join(guide, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// console runs the commands of a block, and gives it as the guide should show it:
// each command, what it printed, and its exit code where that is not 0.
func (g *guided) console(t *testing.T, f *fence) (lines []string) {
	t.Helper()
	for _, line := range f.text {
		command, is := strings.CutPrefix(line, "$ brygga ")
		if !is {
			continue
		}
		g.age(t)
		args, target, redirected := strings.Cut(command, " > ")
		var out bytes.Buffer
		exit := Main(t.Context(), strings.Fields(args), Process{
			In: strings.NewReader(""), Out: &out, Err: &out, Now: func() time.Time { return testNow },
			LookupEnv: func(name string) (string, bool) { v, ok := guideEnv[name]; return v, ok },
		})
		lines = append(lines, line)
		if redirected {
			mustWrite(t, target, out.String())
			out.Reset()
		}
		text := strings.TrimRight(g.tidy(out.String()), "\n")
		if strings.Contains(text, "189602029812") || strings.Contains(text, "189002029800") {
			t.Errorf("docs/mapping.md:%d: a person number is shown", f.line)
		}
		if text != "" {
			for one := range strings.SplitSeq(text, "\n") {
				lines = append(lines, strings.TrimRight(one, " "))
			}
		}
		if exit != 0 {
			lines = append(lines, fmt.Sprintf("(exit code %d)", exit))
		}
	}
	return lines
}

func TestBlocksOfTheGuideAreApplied(t *testing.T) {
	file := []string{"a:", "  x: 1", "", "b:", "  y: 2"}
	for _, c := range []struct {
		name string
		f    fence
		want string
	}{
		{"a whole file replaces what was there", fence{kind: "yaml", text: []string{"z"}}, "z"},
		{"a section that is there grows", fence{kind: "yaml", add: true, text: []string{"a:", "  z: 3"}}, "a:|  x: 1|  z: 3||b:|  y: 2"},
		{"a section that is not there is added", fence{kind: "yaml", add: true, text: []string{"c:", "  z: 3"}}, "a:|  x: 1||b:|  y: 2|c:|  z: 3"},
		{"several sections grow", fence{kind: "yaml", add: true, text: []string{"a:", "  z: 3", "b:", "  w: 4"}}, "a:|  x: 1|  z: 3||b:|  y: 2|  w: 4"},
		{"a diff changes a line", fence{kind: "diff", text: []string{"-  x: 1", "+  x: 2"}}, "a:|  x: 2||b:|  y: 2"},
		{"a diff adds after a line", fence{kind: "diff", text: []string{"   x: 1", "+  w: 2"}}, "a:|  x: 1|  w: 2||b:|  y: 2"},
		{"a diff of what is not there is refused", fence{kind: "diff", text: []string{"-  q: 1", "+  x: 2"}}, "error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines, err := c.f.changed(slices.Clone(file))
			got := strings.Join(lines, "|")
			if err != nil {
				got = "error"
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestLinesLeftOutOfTheGuide(t *testing.T) {
	got := []string{"a", "b", "c"}
	for _, c := range []struct {
		name  string
		shown string
		ok    bool
	}{
		{"all of it", "a b c", true},
		{"the middle left out", "a [...] c", true},
		{"the end left out", "a [...]", true},
		{"the beginning left out", "[...] c", true},
		{"nothing where a line may be left out", "a [...] b c", true},
		{"a line missing without a word", "a c", false},
		{"the end missing without a word", "a b", false},
		{"a line too many", "a b c d", false},
		{"another line", "a [...] x", false},
		{"another order", "[...] c [...] a", false},
	} {
		if missing, ok := matches(strings.Fields(c.shown), got); ok != c.ok {
			t.Errorf("%s: %v (%s), want %v", c.name, ok, missing, c.ok)
		}
	}
}
