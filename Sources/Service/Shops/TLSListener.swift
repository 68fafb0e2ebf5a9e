public import Catalogue
import Hummingbird
import HummingbirdTLS
import NIOSSL

/// Where something is reached over a network: always TLS.
public struct TLSListener: Sendable {
    public let address: ListenAddress
    let tls: TLSConfiguration

    /// Reads certificate and key.
    ///
    /// - Parameters:
    ///   - certificate: PEM, the server's first, then those that lead to its root.
    ///   - key: PEM, unencrypted.
    /// - Throws: `tls-unusable`.
    public init(address: ListenAddress, certificate: String, key: String) throws(Failure) {
        self.address = address
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            let key = try NIOSSLPrivateKey(file: key, format: .pem)
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            tls.minimumTLSVersion = .tlsv12
            // A client's certificate is asked for, not demanded: whose it is decides its fingerprint, not an authority.
            tls.certificateVerification = .optionalVerification
            _ = try NIOSSLContext(configuration: tls)
            self.tls = tls
        } catch {
            throw Problem.tlsUnusable(["certificate": certificate, "reason": "\(error)"])
        }
    }

    /// The configuration of a listener that asks for no certificate.
    var plainChannel: TLSChannelConfiguration {
        var tls = tls
        tls.certificateVerification = .none
        return TLSChannelConfiguration(tlsConfiguration: tls)
    }

    /// The configuration of the listener for shops: any certificate whose key the client holds passes the handshake, and is looked up afterwards.
    var channel: TLSChannelConfiguration {
        TLSChannelConfiguration(tlsConfiguration: tls) { _, promise in promise.succeed(.certificateVerified) }
    }
}
