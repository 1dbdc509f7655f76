package cli

import "brygga/care/rules"

// figureWords are the words of the report, in both languages.
var figureWords = map[string]rules.Text{
	"coverage":    {SV: "Fast omsorgskontakt", EN: "Care contact"},
	"continuity":  {SV: "Personalkontinuitet", EN: "Staff continuity"},
	"unit":        {SV: "Enhet", EN: "unit"},
	"clients":     {SV: "Personer", EN: "clients"},
	"appointed":   {SV: "Utsedd", EN: "appointed"},
	"qualified":   {SV: "varav undersköterska", EN: "qualified"},
	"unqualified": {SV: "Ej undersköterska", EN: "unqualified"},
	"vacant":      {SV: "Vakant", EN: "vacant"},
	"missing":     {SV: "Ingen registrerad", EN: "missing"},
	"offered":     {SV: "Erbjuden", EN: "offered"},
	"declined":    {SV: "Tackat nej", EN: "declined"},
	"exempt":      {SV: "Ej behov", EN: "exempt"},
	"candidates":  {SV: "Att bedöma", EN: "candidates"},
	"unknown":     {SV: "Okänt", EN: "unknown"},
	"contacts":    {SV: "Kontakter", EN: "contacts"},
	"mean-load":   {SV: "Personer per kontakt", EN: "per contact"},
	"most-load":   {SV: "Som mest", EN: "most"},
	"population":  {SV: "Ingår", EN: "population"},
	"mean":        {SV: "Medelvärde", EN: "mean"},
	"median":      {SV: "Median", EN: "median"},

	"indicator-unknown": {SV: "Okänt", EN: "unknown"},
	"indicator-age":     {SV: "Under 65 eller okänd ålder", EN: "under 65 or age unknown"},
	"indicator-absent":  {SV: "Borta", EN: "away"},
	"indicator-visits":  {SV: "För få besök", EN: "too few visits"},

	"all units":            {SV: "Alla enheter", EN: "all units"},
	"no unit":              {SV: "Ingen enhet", EN: "no unit"},
	"small units together": {SV: "Små enheter tillsammans", EN: "small units together"},

	"cannot": {SV: "Kan inte beräknas", EN: "Cannot be computed"},
	"protected": {
		SV: "Personer med skyddade personuppgifter räknas bara i raden för alla enheter.",
		EN: "Clients with a protected identity are counted in the line of all units only.",
	},
	"qualified-note": {
		SV: "Undersköterska räknas där behörigheten är registrerad. Att bedöma: bara serviceinsatser, och ingen bedömning är registrerad.",
		EN: "Qualified counts where the qualification is registered. Candidates: service-only, and no assessment is registered.",
	},
	"definition": {
		SV: "Antal olika medarbetare som en person med hemtjänst möter under 14 dagar: 65 år eller äldre, minst två besök om dagen kl. 07–22, besök med bara trygghetslarm eller matleverans räknas inte, båda vid dubbelbemanning räknas.",
		EN: "How many different members of staff somebody with home care meets in 14 days: 65 or older, at least two visits a day 07:00–22:00, visits of safety alarms or meal deliveries alone do not count, both of a double-manned visit do.",
	},
	"absences-unread": {
		SV: "Vem som var på sjukhus eller korttidsboende är inte läst: inget system lämnar det, eller ingen regel som är på behöver det (continuity.staff-count gör det). Den som var borta kan då ingå, eller stå bland dem med för få besök.",
		EN: "Who was in hospital or on a short-term stay has not been read: no system provides it, or no rule that is on needs it (continuity.staff-count does). Who was away may then be counted, or stands with those of too few visits.",
	},
	"small": {
		SV: "Siffror visas bara där minst fem personer ingår; mindre enheter räknas tillsammans.",
		EN: "Figures are shown only where they rest on at least five clients; smaller units are put together.",
	},

	"daily=each":     {SV: "minst två besök var och en av dagarna", EN: "at least two visits on each of the days"},
	"daily=mean":     {SV: "minst två besök om dagen i genomsnitt", EN: "at least two visits a day on average"},
	"absent=out":     {SV: "den som var borta någon dag ingår inte", EN: "who was away on one of the days is left out"},
	"absent=in":      {SV: "den som var borta någon dag ingår om besöken räcker", EN: "who was away on one of the days is in, if the visits are enough"},
	"hours=start":    {SV: "besök räknas som börjar 07.00–21.59", EN: "visits count that start 07:00–21:59"},
	"hours=any-part": {SV: "besök räknas om någon del ligger mellan 07 och 22", EN: "visits count of which any part lies within 07:00–22:00"},
}
