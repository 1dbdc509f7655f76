package people

import (
	"encoding/base64"
	"fmt"
)

// What staff write in words. It is written for those who move to a care home: they
// are whose records are handed over and read by people.

// noteTexts hold nobody's name.
var noteTexts = []string{
	"Har ätit god frukost och varit ute på balkongen. Berättade om sitt arbete på varvet.",
	"Trött i dag, ville vila efter duschen. Inget ont, dricker bra.",
	"Gick till brevlådan med rollator, säkrare än förra veckan.",
	"Dottern hälsade på. Vill helst ha besök före klockan nio.",
	"Sovit oroligt. Lampan i hallen lämnas tänd på nätterna.",
}

// attachment is the text of a note; of those who do not move it is not said.
func attachment(c *client, n note, i int) object {
	if !c.moves() {
		return object{{"contentType", "text/plain"}}
	}
	text := noteTexts[(c.index+i)%len(noteTexts)]
	return object{
		{"contentType", "text/plain; charset=utf-8"},
		{"language", "sv"},
		{"data", base64.StdEncoding.EncodeToString([]byte(text))},
		{"title", "Social journal " + n.on.String()},
	}
}

var planTexts = map[string][2]string{
	"implementation": {"Genomförandeplan", "Stöd morgon och kväll vid dusch och påklädning, gärna före klockan nio. Klarar frukosten själv. Mål: att fortsätta gå ut varje dag."},
	"sip":            {"Samordnad individuell plan", "Hemsjukvården delar läkemedel i dosett varannan vecka. Hemtjänsten ser till att de tas."},
	"action":         {"Åtgärdsplan", "Rollatorn står vid sängen, mattor är borttagna, larmet bärs dygnet runt."},
}

// planText is what a plan is called and what it says.
func planText(c *client, p *plan) object {
	text, ok := planTexts[p.kind]
	if !ok || !c.moves() {
		return nil
	}
	return object{{"title", text[0]}, {"description", text[1]}}
}

// phone is a number that the Swedish telecom authority keeps for fiction
// (08-465 004 00 to 99): it reaches nobody.
func phone(n int) list {
	return list{{{"system", "phone"}, {"value", fmt.Sprintf("08-465 004 %02d", n%100)}, {"use", "work"}}}
}
