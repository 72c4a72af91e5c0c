import com.labs64.netlicensing.schema.context.Netlicensing;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.bind.JAXBContext;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamReader;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * Verifies signed replies as the original's Java client does. It does not look at the bytes: JAXB
 * reads them into the objects of the schema and writes these into a DOM, whose signature is
 * verified by the JDK, with what the JDK forbids by default forbidden.
 *
 * <pre>
 * Judge [--raw] [--sha1] KEY FILE…
 * </pre>
 *
 * KEY is a public key in PEM. With {@code --raw} the signature of what the bytes say is verified,
 * with {@code --sha1} what the JDK forbids since version 17 is allowed.
 * Prints {@code accepted FILE} or {@code refused FILE: reason} for each file, and exits with
 * status 0 also when some are refused.
 */
public final class Judge {
    public static void main(String[] arguments) throws Exception {
        List<String> rest = new ArrayList<>(List.of(arguments));
        boolean isRaw = rest.remove("--raw");
        boolean isSecure = !rest.remove("--sha1");
        if (rest.size() < 2) {
            System.err.println("usage: Judge [--raw] [--sha1] KEY FILE…");
            System.exit(2);
        }
        PublicKey key = key(Files.readString(Path.of(rest.remove(0))));
        JAXBContext context = JAXBContext.newInstance(Netlicensing.class);
        for (String file : rest) {
            byte[] bytes = Files.readAllBytes(Path.of(file));
            String reason;
            try {
                Document document = isRaw ? parsed(bytes) : marshalledAgain(context, bytes);
                reason = refusal(document, key, isSecure);
            } catch (Exception error) {
                reason = told(error);
            }
            System.out.println(reason == null ? "accepted " + file : "refused " + file + ": " + reason);
        }
    }

    private static Document marshalledAgain(JAXBContext context, byte[] bytes) throws Exception {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        InputStream stream = new ByteArrayInputStream(bytes);
        XMLStreamReader reader = factory.createXMLStreamReader(stream);
        Object read = context.createUnmarshaller().unmarshal(reader);
        Document document = builder().newDocument();
        context.createMarshaller().marshal(read, document);
        return document;
    }

    private static Document parsed(byte[] bytes) throws Exception {
        return builder().parse(new ByteArrayInputStream(bytes));
    }

    private static DocumentBuilder builder() throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder();
    }

    /** Why the document's signature is refused; null when it is accepted. */
    private static String refusal(Document document, PublicKey key, boolean isSecure)
            throws Exception {
        NodeList signatures = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        if (signatures.getLength() == 0) {
            return "not signed";
        }
        Node element = signatures.item(0);
        DOMValidateContext context = new DOMValidateContext(key, element);
        if (!isSecure) {
            context.setProperty("org.jcp.xml.dsig.secureValidation", false);
        }
        XMLSignature signature = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
        if (signature.validate(context)) {
            return null;
        }
        return signature.getSignatureValue().validate(context)
            ? "another digest"
            : "another signature value";
    }

    private static PublicKey key(String pem) throws Exception {
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        byte[] der = Base64.getDecoder().decode(base64);
        return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der));
    }

    /** The error in one line, which JAXB fills with all that it would have taken instead. */
    private static String told(Exception error) {
        String told = error.toString().replaceAll("\\s+", " ");
        return told.length() > 200 ? told.substring(0, 200) + "…" : told;
    }
}
