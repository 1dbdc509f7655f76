// Count reads the JSON of go test and prints what failed, and how many tests
// passed, failed and were skipped: "N passed, N failed, N skipped".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func main() {
	f, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer f.Close()
	n := map[string]int{}
	said := map[string][]string{} // the output of each test
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e struct{ Action, Package, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text()) // a build error is not JSON
			continue
		}
		name := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			said[name] = append(said[name], e.Output)
		case "pass", "fail", "skip":
			if e.Test != "" {
				n[e.Action]++
			}
			if e.Action == "fail" {
				fmt.Printf("FAIL %s\n%s\n", name, strings.Join(said[name], ""))
			}
			if e.Action == "skip" && e.Test != "" {
				fmt.Printf("skip %s: %s\n", name, reason(said[name]))
			}
			delete(said, name)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", n["pass"], n["fail"], n["skip"])
}

// reason is what a skipped test said of itself.
func reason(output []string) string {
	for _, o := range output {
		if _, after, ok := strings.Cut(o, ".go:"); ok {
			return strings.TrimSpace(after)
		}
	}
	return "no reason given"
}
