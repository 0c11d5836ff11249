"""The stations of access points that ``hostapd`` runs, asked at its control sockets: MEASURED.

Who a station's address belongs to, and where the access points stand, an operator's table says.
Never changes anything at an access point.
"""
