package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAFileThatIsNoConfiguration(t *testing.T) {
	dir := t.TempDir()
	write := func(content string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(content), 0o600) }
	}
	for _, row := range []struct {
		name string
		make func(path string) error
		want string
	}{
		{"a missing file", func(string) error { return nil }, "F: does not exist; run `brygga init`, or name another file with --config"},
		{"a folder", func(p string) error { return os.Mkdir(p, 0o700) }, "F: is a folder; name the configuration file in it with --config"},
		{"a named pipe", func(p string) error { return syscall.Mkfifo(p, 0o600) }, "F: is not a file; name the configuration file with --config"},
		{"an empty file", write(""), "F: is empty; run `brygga init`"},
		{"a file of spaces", write(" \n\n  \r\n"), "F: is empty; run `brygga init`"},
		{"a file of 10 MB", write(strings.Repeat("a: b\n", 2_000_000)), "F: is 10000000 bytes large, and a configuration is at most 1 MiB; is this the right file?"},
		{"a file in Latin-1", write("tenant: exempelkommun\n# h\xe4r\n"), "F:2:4: not UTF-8; save the file as UTF-8 in your editor"},
		{"a file in UTF-16", write("\xff\xfet\x00e\x00n\x00"), "F:1:1: not UTF-8; save the file as UTF-8 in your editor"},
		{"the letter that stands for an unreadable one is a letter", write("a: \uFFFD\n- b"), "F:2:1: not YAML: non-map value"},
		{"a database", write("SQLite format 3\x00\x10\x00"), "F:1:16: a control character; remove it; is this the right file?"},
		{"old Macintosh line ends", write("tenant: a\rlanguage: sv\r\n"), "F:1:10: a control character"},
		{"a tab in the indentation", write("keys:\n  \tpseudonym: x\n"), "F:2:3: a tab in the indentation"},
		{"a tab after a value does no harm", write("tenant: exempelkommun\t# x\n- y"), "F:2:1: not YAML"},
		{"a line without end", write("tenant: " + strings.Repeat("a", 5000) + "\n"), "F:1:1: a line longer than 4096 bytes"},
		{"too many lines", write(strings.Repeat("#\n", maxLines+1)), "F:20001:1: more than 20000 lines"},
		{"brackets that would overflow the parser's stack", write(strings.Repeat(strings.Repeat("[", 1000)+"\n", 11)), "F:11:1: more than 10000 brackets"},
		{"a page of HTML", write("<html><body>\n<p>404</p>\n</body></html>\n"), "F:1:1: is a single value and not a configuration"},
		{"JSON of something else", write(`{"resourceType":"Bundle","entry":[]}`), "F:1:2: resourceType: unknown key"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(dir, "brygga.yaml")
			os.RemoveAll(path)
			if err := row.make(path); err != nil {
				t.Fatal(err)
			}
			c, problems := Load(path, testEnv)
			got := strings.ReplaceAll(problems.Error(), path, "F")
			if c != nil || !strings.Contains(got, row.want) {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestAFileThatMayNotBeRead(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	path := filepath.Join(t.TempDir(), "brygga.yaml")
	if err := os.WriteFile(path, []byte("tenant: a"), 0o000); err != nil {
		t.Fatal(err)
	}
	_, problems := Load(path, testEnv)
	if !strings.Contains(problems.Error(), "cannot be read; give the user that brygga runs as the right to read it") {
		t.Error(problems)
	}
}

// The parser is not ours: what keeps it busy for long, or deep, must end soon.
func TestHostileFilesEndSoon(t *testing.T) {
	repeat := strings.Repeat
	for name, text := range map[string]string{
		"brackets":  repeat("[", 4000) + "\n" + repeat("[", 4000),
		"braces":    repeat("{a: ", 800) + repeat("}", 800),
		"dashes":    repeat("- ", 2000) + "a",
		"questions": repeat("? ", 2000) + "a",
		"tags":      repeat("!a\n", maxLines-1),
		"anchors":   repeat("&a\n", maxLines-1),
		"documents": repeat("---\na: b\n", maxLines/2-1),
		"one key":   repeat("a: b\n", maxLines-1),
	} {
		t.Run(name, func(t *testing.T) {
			clean, problem := cleanText("x", []byte(text))
			if problem != nil {
				t.Fatalf("not even parsed: %v", problem)
			}
			began := time.Now()
			if c, _, problems := load("x", clean, testEnv); c != nil || problems.Err() == nil {
				t.Error("loads")
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
