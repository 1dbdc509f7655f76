package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"
)

const swedish = "Id;Namn\r\n1;Åsa Öberg på ängen\r\n2;Märta Sjölén\r\n"

func TestEveryEncodingReadsTheSameText(t *testing.T) {
	tests := []struct{ name, written, set string }{
		{"UTF-8 without a mark", UTF8, UTF8},
		{"UTF-8 with a mark", "utf-8 with mark", UTF8},
		{"UTF-8 where nothing is set", UTF8, ""},
		{"ISO-8859-1", Latin1, Latin1},
		{"Windows-1252", Win1252, Win1252},
		{"UTF-16, low byte first", "utf-16 le", UTF16},
		{"UTF-16, high byte first", "utf-16 be", UTF16},
	}
	for _, tt := range tests {
		for _, long := range []int{1, 5000} { // within one piece, and over several
			t.Run(fmt.Sprintf("%s, %d times", tt.name, long), func(t *testing.T) {
				text := "Id;Namn\r\n" + strings.Repeat(swedish[9:], long)
				l := visits(func(l *List) { l.Encoding = tt.set })
				got, err := parse(t, l, strings.NewReader(encode(t, text, tt.written)))
				if err != nil || len(got) != 2*long || got[0]["Namn"] != "Åsa Öberg på ängen" || got[2*long-1]["Namn"] != "Märta Sjölén" {
					t.Errorf("%d rows, error %v", len(got), err)
				}
			})
		}
	}
	t.Run("Windows-1252 has its own signs", func(t *testing.T) {
		got, err := parse(t, visits(func(l *List) { l.Encoding = Win1252 }), strings.NewReader("Id;Namn\n1;\x80 \x96 \x93\xe5\x94\n"))
		if err != nil || got[0]["Namn"] != "€ – “å”" {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("UTF-16 has signs of two units", func(t *testing.T) {
		got, err := parse(t, visits(func(l *List) { l.Encoding = UTF16 }), iotest.OneByteReader(strings.NewReader(encode(t, "Id;Namn\n1;😀x\n", "utf-16 be"))))
		if err != nil || got[0]["Namn"] != "😀x" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestAnotherEncodingThanTheOneSetIsRefusedWithAHint(t *testing.T) {
	utf8Rows := "Id;Namn\n" + strings.Repeat("1;Märta på ängen\n", 3)
	tests := []struct {
		name, set, text string
		line            int
		do              string
	}{
		{"Windows-1252 where UTF-8 is set", UTF8, "Id;Namn\n1;A\n2;Hemlig\xe5s\n", 3, "windows-1252"},
		{"Windows-1252 that ends in å, where UTF-8 is set", UTF8, "Id;Namn\n1;Hemlig\xe5", 2, "windows-1252"},
		{"UTF-16 where UTF-8 is set", UTF8, encode(t, swedish, "utf-16 le"), 1, "utf-16"},
		{"UTF-16 where Windows-1252 is set", Win1252, encode(t, swedish, "utf-16 be"), 1, "utf-16"},
		{"UTF-16 without a mark where UTF-8 is set", UTF8, encode(t, "Id;Namn\n", "utf-16 le")[2:], 1, "encoding"},
		{"UTF-16 without a mark", UTF16, encode(t, swedish, "utf-16 le")[2:], 1, "mark"},
		{"UTF-8 where UTF-16 is set", UTF16, swedish, 1, "encoding"},
		{"UTF-8 with a mark where UTF-16 is set", UTF16, "\xef\xbb\xbf" + swedish, 1, "utf-8"},
		{"UTF-8 with a mark where ISO-8859-1 is set", Latin1, "\xef\xbb\xbf" + swedish, 1, "utf-8"},
		{"UTF-8 where Windows-1252 is set", Win1252, utf8Rows, 0, "utf-8"},
		{"UTF-8 where ISO-8859-1 is set, by a character that it has not", Latin1, "Id;Namn\n1;\xc3\x85\n", 2, "windows-1252"},
		{"Windows-1252 where ISO-8859-1 is set", Latin1, "Id;Namn\n1;\x80\n", 2, "windows-1252"},
		{"a byte that Windows-1252 has not", Win1252, "Id;Namn\n1;\x81\n", 2, "utf-8"},
		{"a NUL", UTF8, "Id;Namn\n1;A\x00\n", 2, "encoding"},
		{"a NUL in Windows-1252", Win1252, "Id;Namn\n1;A\x00\n", 2, "encoding"},
		{"a NUL in UTF-16", UTF16, encode(t, "Id;Namn\n1;\x00\n", "utf-16 le"), 2, "encoding"},
		{"UTF-16 that is cut within a character", UTF16, encode(t, swedish, "utf-16 le")[:41], 2, "again"},
		{"UTF-16 with half a sign", UTF16, "\xff\xfeA\x00\x00\xd8A\x00", 1, "again"},
		{"UTF-16 that ends with half a sign", UTF16, "\xff\xfeA\x00\x00\xd8", 1, "again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := io.ReadAll(newText(strings.NewReader(tt.text), tt.set))
			var f *flaw
			if !errors.As(err, &f) || f.line != tt.line || !strings.Contains(f.do, tt.do) {
				t.Fatalf("%#v; want line %d, and %q", err, tt.line, tt.do)
			}
			if strings.Contains(f.Error()+f.do, "Hemlig") {
				t.Errorf("the content is told: %v", f)
			}
		})
	}
	t.Run("the line is told when it lies pieces further on", func(t *testing.T) {
		_, err := io.ReadAll(newText(strings.NewReader(strings.Repeat("åäö\n", 50_000)+"\xe5\n"), UTF8))
		var f *flaw
		if !errors.As(err, &f) || f.line != 50_001 {
			t.Errorf("%v; want line 50001", err)
		}
	})
	t.Run("a few letters that could be UTF-8 do not make it so", func(t *testing.T) {
		got, err := io.ReadAll(newText(strings.NewReader("\xc3\xa5 \xe5r"), Win1252))
		if err != nil || string(got) != "Ã¥ år" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// Text comes back as it was from every encoding that has its characters, however
// it is cut into pieces.
func TestAnyTextComesBackFromItsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		enc := rapid.SampledFrom([]string{UTF8, "utf-8 with mark", "utf-16 le", "utf-16 be", Latin1, Win1252}).Draw(t, "encoding")
		runes := rapid.Rune().Filter(func(r rune) bool { return r != 0 && r != 0xfeff })
		set := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(enc, " with mark"), " le"), " be")
		if enc == Latin1 || enc == Win1252 {
			runes = rapid.SampledFrom([]rune("abc åäöÅÄÖé\r\n;\"\t§"))
		}
		want := rapid.StringOf(runes).Draw(t, "text")
		raw := encodeRapid(t, want, enc)
		var in io.Reader = bytes.NewReader(raw)
		if rapid.Bool().Draw(t, "byte by byte") {
			in = iotest.OneByteReader(in)
		}
		got, err := io.ReadAll(newText(in, set))
		if err != nil || string(got) != want {
			t.Fatalf("%q, error %v; want %q", got, err, want)
		}
	})
}

func encodeRapid(t *rapid.T, s, enc string) []byte {
	if enc == Latin1 || enc == Win1252 {
		b := make([]byte, 0, len(s))
		for _, r := range s {
			b = append(b, byte(r)) // the same in both, for what is drawn
		}
		return b
	}
	return []byte(encode(nil, s, enc))
}

func FuzzText(f *testing.F) {
	for _, s := range []string{swedish, "\xff\xfea\x00", "\xfe\xff\x00a", "\xef\xbb\xbfa", "\xe5\xe4\xf6"} {
		f.Add([]byte(s), byte(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, which byte) {
		enc := []string{UTF8, Latin1, Win1252, UTF16}[which%4]
		got, err := io.ReadAll(newText(bytes.NewReader(b), enc))
		slow, slowErr := io.ReadAll(newText(iotest.OneByteReader(bytes.NewReader(b)), enc))
		if !utf8.Valid(got) || bytes.IndexByte(got, 0) >= 0 {
			t.Errorf("%q gives %q", b, got)
		}
		if (err == nil) != (slowErr == nil) && enc != Win1252 && enc != Latin1 { // a run that is cut tells nothing
			t.Errorf("%q: %v at once, %v byte by byte", b, err, slowErr)
		}
		if err == nil && slowErr == nil && !bytes.Equal(got, slow) {
			t.Errorf("%q is %q at once, %q byte by byte", b, got, slow)
		}
	})
}
