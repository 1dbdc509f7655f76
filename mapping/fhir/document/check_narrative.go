package document

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// tags and attributes are what a narrative may hold: what is not here may run, fetch, or
// look like something else than text.
var (
	tags = set(`div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot tr th td
		span b i em strong small sub sup br hr blockquote pre code`)
	attributes = set("class title lang colspan rowspan")
)

// narrative checks that a narrative is well-formed XHTML with nothing but text in it.
func (c *checking) narrative(div, path string) {
	if strings.Contains(div, "<!") {
		c.problem(path, "a comment or declaration in a narrative")
		return
	}
	d := xml.NewDecoder(strings.NewReader(div))
	depth := 0
	for first := true; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			c.problem(path, "a narrative that is not well-formed")
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > mostDepth*2 {
				c.problem(path, "a narrative that is nested too deeply")
				return
			}
			if first && (t.Name.Local != "div" || t.Name.Space != "http://www.w3.org/1999/xhtml") {
				c.problem(path, "a narrative is one div of XHTML")
			}
			first = false
			if !tags[t.Name.Local] {
				c.problem(path, "an element in a narrative that is not only text")
			}
			for _, a := range t.Attr {
				if !attributes[a.Name.Local] && a.Name.Local != "xmlns" {
					c.problem(path, "an attribute in a narrative that may run or fetch something")
				}
			}
		case xml.EndElement:
			depth--
		case xml.ProcInst:
			c.problem(path, "an instruction in a narrative")
		}
	}
}
