import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * Validates FHIR documents with HL7's own engine. Prints each error by its place; exits 1
 * where there is one. Warnings (code systems of ours, profiles that are not at hand) do not count.
 */
public class Validate {
  private static final FhirValidator validator = validator();

  private static FhirValidator validator() {
    FhirContext r4 = FhirContext.forR4();
    ValidationSupportChain chain = new ValidationSupportChain(
        new DefaultProfileValidationSupport(r4),
        new CommonCodeSystemsTerminologyService(r4),
        new InMemoryTerminologyServerValidationSupport(r4));
    FhirInstanceValidator module = new FhirInstanceValidator(chain);
    module.setAnyExtensionsAllowed(true);
    return r4.newValidator().registerValidatorModule(module);
  }

  private static List<SingleValidationMessage> errors(String document) {
    return validator.validateWithResult(document).getMessages().stream()
        .filter(m -> m.getSeverity() == ResultSeverityEnum.ERROR || m.getSeverity() == ResultSeverityEnum.FATAL)
        .toList();
  }

  /** FILE... --broken FILE: the first must pass; each way of breaking the last must be found. */
  public static void main(String[] args) throws Exception {
    int failed = 0;
    boolean broken = false;
    for (String arg : args) {
      if (arg.equals("--broken")) {
        broken = true;
        continue;
      }
      failed += broken ? passes(Files.readString(Path.of(arg))) : fails(Path.of(arg));
    }
    System.exit(failed > 0 ? 1 : 0);
  }

  private static int fails(Path path) throws Exception {
    List<SingleValidationMessage> found = errors(Files.readString(path));
    for (SingleValidationMessage m : found) {
      System.out.println("HL7, " + path.getFileName() + ": " + m.getLocationString() + ": " + m.getMessage());
    }
    return found.size();
  }

  private static int passes(String document) {
    Map<String, String> breakages = new LinkedHashMap<>();
    breakages.put("a Composition without a status",
        document.replaceFirst("\"status\": \"final\",(\\s*\"subject\")", "$1"));
    breakages.put("an element that FHIR does not have",
        document.replaceFirst("\"confidentiality\":", "\"sekretess\": \"x\", \"confidentiality\":"));
    breakages.put("a reference that leads nowhere",
        document.replaceFirst("(\"subject\": \\{\\s*\"reference\": \"urn:uuid:)[0-9a-f]{8}", "$100000000"));
    breakages.put("a script in a narrative", document.replaceFirst("<h3>", "<script>x</script><h3>"));
    breakages.put("a document without a timestamp",
        document.replaceFirst(",\\s*\"timestamp\": \"[^\"]*\"", ""));
    int failed = 0;
    for (Map.Entry<String, String> b : breakages.entrySet()) {
      if (b.getValue().equals(document)) {
        System.out.println("the document was not broken: " + b.getKey());
        failed++;
      } else if (errors(b.getValue()).isEmpty()) {
        System.out.println("HL7 passes " + b.getKey() + ": it proves nothing");
        failed++;
      }
    }
    return failed;
  }
}
