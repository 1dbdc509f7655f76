package people

// Common given names of people born 1920 to 1959, of staff today, and common
// family names: general knowledge, not taken from any register of people.

var womenOld = []string{
	"Margareta", "Birgitta", "Ingrid", "Karin", "Marianne", "Inga", "Kerstin", "Gunilla", "Ulla", "Barbro",
	"Britt", "Siv", "Maj", "Elsa", "Gun", "Berit", "Astrid", "Rut", "Vera", "Solveig", "Anna-Greta", "Ingegerd",
	"Maj-Britt", "Gunvor", "Signe", "Greta", "Aina", "Irma", "Sonja", "Helvi", "Fatima", "Zdenka",
}

var menOld = []string{
	"Lars", "Sven", "Karl-Erik", "Bengt", "Göran", "Åke", "Stig", "Rune", "Gunnar", "Arne", "Bertil", "Olof",
	"Nils", "Lennart", "Hans", "Kjell", "Rolf", "Sture", "Folke", "Evert", "Ingvar", "Tage", "Allan", "Börje",
	"Holger", "Veikko", "Hassan", "Josef",
}

var staffGiven = []string{
	"Amina", "Sara", "Maria", "Elin", "Johanna", "Emelie", "Hodan", "Jenny", "Linda", "Malin", "Petra", "Susanne",
	"Leyla", "Camilla", "Helena", "Marcus", "Andreas", "Mohamed", "Daniel", "Fredrik", "Ali", "Jonas", "Natalia",
	"Ewa", "Tigist", "Samira", "Pernilla", "Carina", "Robin", "Sofia", "Yasmin", "Milica", "Anneli", "Kristina",
}

var familyNames = []string{
	"Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Persson", "Svensson",
	"Gustafsson", "Pettersson", "Jonsson", "Jansson", "Hansson", "Bengtsson", "Jönsson", "Lindberg", "Jakobsson",
	"Magnusson", "Lindström", "Olofsson", "Lindqvist", "Lindgren", "Berg", "Axelsson", "Bergström", "Lundberg",
	"Lind", "Lundgren", "Mattsson", "Berglund", "Fredriksson", "Sandberg", "Henriksson", "Forsberg", "Sjöberg",
	"Wallin", "Engström", "Danielsson", "Håkansson", "Eklund", "Lundin", "Björk", "Bergman", "Holm", "Wikström",
	"Ali", "Korhonen", "Kovačević", "Haddad",
}

var unitNames = []string{
	"Norra", "Södra", "Centrum", "Ektorp", "Västra", "Östra", "Björkbacken", "Ängsvik", "Kvarnby", "Strandängen",
	"Tallhöjden", "Åkerby", "Rosendal", "Lillsjön", "Hagaby", "Kyrkbacken", "Sjöhagen", "Granliden", "Nybro", "Vik",
}

var streets = []string{
	"Storgatan", "Kyrkogatan", "Skolvägen", "Björkvägen", "Ringvägen", "Parkgatan", "Tallstigen", "Åsgatan", "Rönnvägen", "Kvarngränd",
}
